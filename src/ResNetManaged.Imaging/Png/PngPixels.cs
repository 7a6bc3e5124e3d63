namespace ResNetManaged.Imaging.Png;

/// <summary>Converts the samples of a row to red, green and blue as PIL does.</summary>
internal readonly ref struct PngPixels(PngHeader header, ReadOnlySpan<byte> palette)
{
    private readonly PngHeader _header = header;
    private readonly ReadOnlySpan<byte> _palette = palette;

    /// <summary>Writes <paramref name="count"/> pixels of a row to positions left, left + step, ... of <paramref name="rgb"/>.</summary>
    public void Write(ReadOnlySpan<byte> row, int count, Span<byte> rgb, int left, int step)
    {
        int sampleBytes = Math.Max(_header.BitDepth / 8, 1), pixelBytes = _header.Channels * sampleBytes;
        for (int i = 0; i < count; i++)
        {
            Span<byte> pixel = rgb.Slice((left + i * step) * 3, 3);
            switch (_header.Color)
            {
                case PngColor.Palette: Palette.Look(_palette, Packed(row, i), pixel); break;
                // PIL drops alpha, and the lower 8 of 16 bits.
                case PngColor.Rgb or PngColor.Rgba:
                    pixel[0] = row[i * pixelBytes];
                    pixel[1] = row[i * pixelBytes + sampleBytes];
                    pixel[2] = row[i * pixelBytes + 2 * sampleBytes];
                    break;
                case PngColor.GrayAlpha: pixel.Fill(row[i * pixelBytes]); break;
                default: pixel.Fill(Gray(row, i)); break;
            }
        }
    }

    private byte Gray(ReadOnlySpan<byte> row, int i) => _header.BitDepth switch
    {
        // PIL reads 16-bit gray as integers and clips them to 8 bits instead of scaling.
        16 => row[2 * i] > 0 ? byte.MaxValue : row[2 * i + 1],
        8 => row[i],
        _ => (byte)(Packed(row, i) * byte.MaxValue / ((1 << _header.BitDepth) - 1)),
    };

    private int Packed(ReadOnlySpan<byte> row, int i)
    {
        int depth = _header.BitDepth, bit = i * depth;
        return (row[bit >> 3] >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
    }
}
