namespace ResNetManaged.Imaging;

/// <summary>A table of colours, red, green, blue.</summary>
internal static class Palette
{
    /// <summary>Writes colour <paramref name="index"/>; indices past the end are what PIL fills its palettes with.</summary>
    public static void Look(ReadOnlySpan<byte> palette, int index, Span<byte> rgb)
    {
        if (index * 3 + 3 <= palette.Length) palette.Slice(index * 3, 3).CopyTo(rgb);
        else rgb.Fill((byte)index);
    }
}
