using ResNetManaged.Tensors;

namespace ResNetManaged.Imaging.Bmp;

/// <summary>Decodes Microsoft's run-length encoding of palette indices of 8 or 4 bits.</summary>
internal static class BmpRuns
{
    private const int EndOfLine = 0, EndOfBitmap = 1, Delta = 2;

    /// <summary>Fills <paramref name="indices"/> in file order; an image that ends early is an error, as in PIL.</summary>
    public static void Decode(ref ByteReader reader, Span<byte> indices, int width, bool fourBits)
    {
        long position = 0;
        int x = 0;
        int start = reader.Position;
        while (position < indices.Length)
        {
            int count = reader.Byte(), value = reader.Byte();
            if (count > 0)
            {
                count = Math.Min(count, Math.Max(width - x, 0)); // a run does not continue in the next row
                for (int i = 0; i < count; i++) Write(indices, position++, fourBits ? Nibble(value, i) : value);
                x += count;
                continue;
            }
            switch (value)
            {
                case EndOfLine:
                    position = Sizes.RoundUp(position, width);
                    x = 0;
                    break;
                case EndOfBitmap:
                    throw InvalidImageException.Truncated();
                case Delta:
                    position += reader.Byte() + (long)reader.Byte() * width;
                    x = (int)(position % width);
                    break;
                default:
                    ReadOnlySpan<byte> literal = reader.Take(fourBits ? (value + 1) / 2 : value);
                    for (int i = 0; i < value; i++) Write(indices, position++, fourBits ? Nibble(literal[i / 2], i) : literal[i]);
                    x += value;
                    if ((reader.Position - start) % 2 != 0 && reader.Remaining > 0) reader.Skip(1); // literals are padded to 16 bits
                    break;
            }
        }
    }

    private static int Nibble(int value, int i) => i % 2 == 0 ? value >> 4 : value & 15;

    private static void Write(Span<byte> indices, long position, int value)
    {
        if (position < indices.Length) indices[(int)position] = (byte)value;
    }
}
