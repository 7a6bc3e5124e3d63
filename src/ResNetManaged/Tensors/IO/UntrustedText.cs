namespace ResNetManaged.Tensors.IO;

/// <summary>Text out of a file on its way into a message, which is one line of moderate length.</summary>
internal static class UntrustedText
{
    private const int MaxLength = 200;

    /// <summary>The text without control characters, cut where it grows long.</summary>
    public static string Printable(string text) => string.Create(Math.Min(text.Length, MaxLength), text, static (destination, source) =>
    {
        for (int i = 0; i < destination.Length; i++) destination[i] = char.IsControl(source[i]) || char.IsSurrogate(source[i]) ? '?' : source[i];
        if (source.Length > MaxLength) destination[^1] = '…';
    });
}
