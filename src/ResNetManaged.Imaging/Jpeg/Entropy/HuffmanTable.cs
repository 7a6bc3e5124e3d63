namespace ResNetManaged.Imaging.Jpeg.Entropy;

/// <summary>A Huffman code, and the table that decodes most symbols together with the bits that follow them.</summary>
/// <remarks>ITU-T T.81, annexes C and F.2.2.3.</remarks>
internal sealed class HuffmanTable
{
    /// <summary>The bits that index <see cref="Lookup"/>.</summary>
    public const int LookupBits = 11;

    private const int MaxLength = 16, MaxSymbols = 256, DcSizes = 16;

    private readonly byte[] _symbols;
    private readonly int[] _largest = new int[MaxLength + 1], _offsets = new int[MaxLength + 1];

    /// <summary>Builds the table.</summary>
    /// <param name="counts">The number of codes of each length from 1 to 16.</param>
    /// <param name="symbols">256 symbols, shorter codes first.</param>
    /// <param name="isDc">Whether symbols are sizes of DC differences, at most 15.</param>
    /// <exception cref="InvalidImageException">The counts are no Huffman code, or a size is too large.</exception>
    public HuffmanTable(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols, bool isDc)
    {
        _symbols = symbols.ToArray();
        int code = 0, index = 0;
        for (int length = 1; length <= MaxLength; length++, code <<= 1)
        {
            int count = counts[length - 1];
            if (index + count > MaxSymbols) throw Invalid();
            _offsets[length] = index - code;
            for (int i = 0; i < count; i++, code++, index++)
            {
                if (isDc && symbols[index] >= DcSizes) throw Invalid();
                if (length <= LookupBits && code < 1 << length) Fill(code, length, symbols[index]);
            }
            _largest[length] = count == 0 ? -1 : code - 1;
            if (count > 0 && code >= 1 << length) throw Invalid(); // no code may consist of ones only
        }
    }

    /// <summary>
    /// What the next bits mean. Bits 16 to 31: the value of the coefficient or difference if its bits are included, else 0. Bits 8 to 15: the symbol.
    /// Bits 0 to 7: the bits to drop, with or without the value's; 0 if the code is longer than the index.
    /// </summary>
    public int[] Lookup { get; } = new int[1 << LookupBits];

    /// <summary>Decodes a code that is longer than <see cref="LookupBits"/>; bits that are no code give symbol 0 and length 17, as in libjpeg.</summary>
    /// <param name="bits">The next bits, the first one uppermost.</param>
    public (int Symbol, int Length) Find(ulong bits)
    {
        for (int length = LookupBits + 1; length <= MaxLength; length++)
        {
            int code = (int)(bits >> (64 - length));
            if (HasCode(code, length)) return (SymbolOf(code, length), length);
        }
        return (0, MaxLength + 1);
    }

    /// <summary>Whether bits of which no shorter part is a code are one.</summary>
    public bool HasCode(int bits, int length) => bits <= _largest[length];

    /// <summary>The symbol of a code.</summary>
    public int SymbolOf(int code, int length) => _symbols[code + _offsets[length]];

    /// <summary>The number that <paramref name="size"/> bits stand for: T.81, figure F.12.</summary>
    public static int Extend(int bits, int size) => bits + (((bits - (1 << (size - 1))) >> 31) & (1 - (1 << size))); // no branch

    private void Fill(int code, int length, int symbol)
    {
        int size = symbol & 15, rest = LookupBits - length;
        Span<int> entries = Lookup.AsSpan(code << rest, 1 << rest);
        if (size == 0 || size > rest)
        {
            entries.Fill(symbol << 8 | length);
            return;
        }
        int each = 1 << (rest - size);
        for (int bits = 0; bits < 1 << size; bits++)
            entries.Slice(bits * each, each).Fill(Extend(bits, size) << 16 | symbol << 8 | length + size);
    }

    private static InvalidImageException Invalid() => new("the JPEG file has an invalid Huffman table");
}
