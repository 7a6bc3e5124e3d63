namespace ResNetManaged.Imaging;

/// <summary>Looks up colors in a palette of red, green and blue bytes.</summary>
internal static class Palette
{
    /// <summary>Writes color <paramref name="index"/>; past the palette's end it is the gray with which PIL fills palettes.</summary>
    public static void Look(ReadOnlySpan<byte> palette, int index, Span<byte> rgb)
    {
        if (index * 3 + 3 <= palette.Length) palette.Slice(index * 3, 3).CopyTo(rgb);
        else rgb.Fill((byte)index);
    }
}
