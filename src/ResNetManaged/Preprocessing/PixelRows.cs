namespace ResNetManaged.Preprocessing;

/// <summary>Converts a row of raw pixels to red, green and blue.</summary>
internal static class PixelRows
{
    /// <summary>Converts as many pixels as <paramref name="rgb"/> holds, a multiple of 3 bytes.</summary>
    public static void ToRgb(ReadOnlySpan<byte> source, Span<byte> rgb, PixelFormat format)
    {
        switch (format)
        {
            case PixelFormat.Rgb24: source[..rgb.Length].CopyTo(rgb); break;
            case PixelFormat.Bgr24: Pick(source, rgb, pixelSize: 3, red: 2, green: 1, blue: 0); break;
            case PixelFormat.Rgba32: Pick(source, rgb, pixelSize: 4, red: 0, green: 1, blue: 2); break;
            case PixelFormat.Bgra32: Pick(source, rgb, pixelSize: 4, red: 2, green: 1, blue: 0); break;
            case PixelFormat.Gray8: Pick(source, rgb, pixelSize: 1, red: 0, green: 0, blue: 0); break;
            default: throw Unknown(format);
        }
    }

    /// <summary>The bytes per pixel.</summary>
    public static int PixelSize(PixelFormat format) => format switch
    {
        PixelFormat.Rgb24 or PixelFormat.Bgr24 => 3,
        PixelFormat.Rgba32 or PixelFormat.Bgra32 => 4,
        PixelFormat.Gray8 => 1,
        _ => throw Unknown(format),
    };

    private static ArgumentOutOfRangeException Unknown(PixelFormat format) => new(nameof(format), format, "Unknown pixel format.");

    private static void Pick(ReadOnlySpan<byte> source, Span<byte> rgb, int pixelSize, int red, int green, int blue)
    {
        for (int from = 0, to = 0; to < rgb.Length; from += pixelSize, to += RgbImage.Channels)
        {
            rgb[to] = source[from + red];
            rgb[to + 1] = source[from + green];
            rgb[to + 2] = source[from + blue];
        }
    }
}
