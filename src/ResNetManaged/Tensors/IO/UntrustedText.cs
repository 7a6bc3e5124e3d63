namespace ResNetManaged.Tensors.IO;

/// <summary>Makes text from a file safe for a message, which is one line of limited length.</summary>
internal static class UntrustedText
{
    private const int MaxLength = 200;

    /// <summary>The text with control characters replaced by question marks, truncated if it is long.</summary>
    public static string Printable(string text) => string.Create(Math.Min(text.Length, MaxLength), text, static (destination, source) =>
    {
        for (int i = 0; i < destination.Length; i++) destination[i] = char.IsControl(source[i]) || char.IsSurrogate(source[i]) ? '?' : source[i];
        if (source.Length > MaxLength) destination[^1] = '…';
    });
}
