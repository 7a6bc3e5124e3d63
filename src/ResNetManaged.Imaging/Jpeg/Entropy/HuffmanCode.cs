namespace ResNetManaged.Imaging.Jpeg.Entropy;

/// <summary>A Huffman code as a file gives it; its table is built when a scan uses it.</summary>
internal sealed class HuffmanCode(byte[] counts, byte[] symbols)
{
    private HuffmanTable? _table;
    private bool _isDc;

    /// <summary>The table that decodes it.</summary>
    /// <exception cref="InvalidImageException">It is not a valid code.</exception>
    public HuffmanTable Table(bool isDc)
    {
        if (_table is null || _isDc != isDc) (_table, _isDc) = (new HuffmanTable(counts, symbols, isDc), isDc);
        return _table;
    }

    /// <summary>A code of T.81, tables K.3 to K.6.</summary>
    public static HuffmanCode Standard(bool isDc, bool isChroma)
    {
        byte[] symbols = new byte[256];
        if (isDc)
        {
            for (int i = 0; i < 12; i++) symbols[i] = (byte)i;
            return new HuffmanCode(isChroma ? [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0] : [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], symbols);
        }
        (isChroma ? ChromaStart : LumaStart).CopyTo(symbols);
        int at = isChroma ? ChromaStart.Length : LumaStart.Length;
        AddRest(symbols, at);
        return new HuffmanCode(isChroma ? [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119] : [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125], symbols);
    }

    // The symbols of up to 15 bits. Those of 16 bits follow in rising order.
    private static ReadOnlySpan<byte> LumaStart =>
    [
        0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07,
        0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xA1, 0x08, 0x23, 0x42, 0xB1, 0xC1, 0x15, 0x52, 0xD1, 0xF0,
        0x24, 0x33, 0x62, 0x72, 0x82,
    ];

    private static ReadOnlySpan<byte> ChromaStart =>
    [
        0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71,
        0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xA1, 0xB1, 0xC1, 0x09, 0x23, 0x33, 0x52, 0xF0,
        0x15, 0x62, 0x72, 0xD1, 0x0A, 0x16, 0x24, 0x34, 0xE1, 0x25, 0xF1,
    ];

    private static void AddRest(byte[] symbols, int at)
    {
        for (int symbol = 1; symbol < 0xFB; symbol++)
        {
            if ((symbol & 15) is >= 1 and <= 10 && !symbols.AsSpan(0, at).Contains((byte)symbol)) symbols[at++] = (byte)symbol;
        }
    }
}
