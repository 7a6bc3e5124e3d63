namespace ResNetManaged.Imaging.Gif;

/// <summary>Decodes GIF's variable-width LZW, stored in blocks of at most 255 bytes.</summary>
internal static class GifLzw
{
    private const int MaxBits = 12, MaxCodes = 1 << MaxBits;

    /// <summary>An upper bound: a code has at least 2 bits and stands for at most as many pixels as there are codes.</summary>
    public const long MaxPixelsPerByte = 8 / 2 * MaxCodes;

    /// <summary>Decodes until <paramref name="indices"/> is full; throws if the data ends earlier.</summary>
    public static void Decode(ref ByteReader reader, Span<byte> indices)
    {
        int literalBits = reader.Byte();
        if (literalBits > 8) throw new InvalidImageException($"its GIF codes start at {literalBits} bits; at most 8 are possible");
        int clear = 1 << literalBits, end = clear + 1;
        // An entry is its prefix entry plus one byte, so its length is known and it can be written back to front.
        Span<short> prefix = stackalloc short[MaxCodes];
        Span<byte> suffix = stackalloc byte[MaxCodes];
        Span<short> lengths = stackalloc short[MaxCodes];
        for (int i = 0; i < clear; i++) (suffix[i], lengths[i]) = ((byte)i, 1);

        GifCodes codes = new();
        int next = end + 1, bits = literalBits + 1, last = -1, position = 0;
        while (position < indices.Length)
        {
            int code = codes.Read(ref reader, bits);
            if (code == clear)
            {
                (next, bits, last) = (end + 1, literalBits + 1, -1);
                continue;
            }
            if (code == end) throw InvalidImageException.Truncated();
            if (code > next || (last < 0 && code > clear) || (code == next && next == MaxCodes))
                throw new InvalidImageException("the GIF file's compressed data is damaged");

            if (last >= 0 && next < MaxCodes)
            {
                (prefix[next], lengths[next]) = ((short)last, (short)(lengths[last] + 1));
                suffix[next] = First(prefix, code == next ? last : code, clear);
                if (++next == 1 << bits && bits < MaxBits) bits++;
            }
            position = Write(indices, position, code, prefix, suffix, lengths[code]);
            last = code;
        }
    }

    private static byte First(ReadOnlySpan<short> prefix, int code, int clear)
    {
        while (code >= clear) code = prefix[code];
        return (byte)code;
    }

    private static int Write(
        Span<byte> indices, int position, int code, ReadOnlySpan<short> prefix, ReadOnlySpan<byte> suffix, int length)
    {
        for (int i = position + length - 1; i >= position; i--, code = prefix[code])
        {
            if (i < indices.Length) indices[i] = suffix[code];
        }
        return position + length;
    }
}
