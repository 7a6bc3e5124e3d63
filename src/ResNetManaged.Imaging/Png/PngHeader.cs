namespace ResNetManaged.Imaging.Png;

internal enum PngColor
{
    Gray = 0,
    Rgb = 2,
    Palette = 3,
    GrayAlpha = 4,
    Rgba = 6,
}

/// <summary>The IHDR chunk.</summary>
internal readonly record struct PngHeader(int Width, int Height, int BitDepth, PngColor Color, bool Interlaced)
{
    public int Channels => Color switch { PngColor.Rgb => 3, PngColor.GrayAlpha => 2, PngColor.Rgba => 4, _ => 1 };

    public int BitsPerPixel => Channels * BitDepth;

    public int RowBytes(int width) => checked((int)(((long)width * BitsPerPixel + 7) / 8));

    public static PngHeader Read(ReadOnlySpan<byte> data, long pixelCap)
    {
        ByteReader reader = new(data);
        uint width = reader.UInt32BigEndian(), height = reader.UInt32BigEndian();
        int bitDepth = reader.Byte(), color = reader.Byte(), compression = reader.Byte(), filter = reader.Byte(), interlace = reader.Byte();
        bool known = (color, bitDepth) switch
        {
            (0, 1 or 2 or 4 or 8 or 16) => true,
            (3, 1 or 2 or 4 or 8) => true,
            (2 or 4 or 6, 8 or 16) => true,
            _ => false,
        };
        if (!known || compression != 0 || filter != 0 || interlace > 1)
        {
            throw new InvalidImageException(
                $"PNG color type {color} with {bitDepth} bits, compression {compression}, filter {filter} and interlace {interlace} is invalid");
        }
        InvalidImageException.CheckSize(width, height, pixelCap);
        return new PngHeader((int)width, (int)height, bitDepth, (PngColor)color, interlace == 1);
    }
}
