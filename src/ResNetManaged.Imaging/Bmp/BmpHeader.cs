namespace ResNetManaged.Imaging.Bmp;

internal enum BmpCompression
{
    None = 0,
    Rle8 = 1,
    Rle4 = 2,
    BitFields = 3,
}

/// <summary>How the bits of a pixel encode its color.</summary>
internal enum BmpLayout
{
    Palette,
    Bgr555,
    Bgr565,
    Bgr24,
    Bgrx32,
    Xbgr32,
    Rgbx32,
}

/// <summary>The file header and the bitmap header after it (OS/2 1.x and 2.x, Windows 3 to 5).</summary>
internal readonly ref struct BmpHeader
{
    private const int FileHeaderSize = 14, CoreHeaderSize = 12;

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required bool TopDown { get; init; }

    public required int BitsPerPixel { get; init; }

    public required BmpCompression Compression { get; init; }

    public required BmpLayout Layout { get; init; }

    /// <summary>Entries of blue, green and red, and a fourth byte except in OS/2 1.x files.</summary>
    public required ReadOnlySpan<byte> Palette { get; init; }

    public required int PaletteEntrySize { get; init; }

    public required long PixelOffset { get; init; }

    /// <summary>The bytes in a row, padded to a multiple of 4.</summary>
    public long Stride => ((long)Width * BitsPerPixel + 31) / 32 * 4;

    public static BmpHeader Read(ReadOnlySpan<byte> content, long pixelCap)
    {
        ByteReader reader = new(content);
        reader.Skip(10);
        long pixelOffset = reader.UInt32LittleEndian();
        uint headerSize = reader.UInt32LittleEndian();
        bool isCore = headerSize == CoreHeaderSize;
        if (!isCore && headerSize is not (40 or 52 or 56 or 64 or 108 or 124))
            throw new InvalidImageException($"a BMP header of {headerSize} bytes is unknown");

        long width = isCore ? reader.UInt16LittleEndian() : reader.UInt32LittleEndian();
        long height = isCore ? reader.UInt16LittleEndian() : (int)reader.UInt32LittleEndian();
        reader.Skip(2); // planes
        int bits = reader.UInt16LittleEndian();
        uint compression = 0, colors = 0;
        if (!isCore)
        {
            compression = reader.UInt32LittleEndian();
            reader.Skip(12); // size of the pixels, resolution
            colors = reader.UInt32LittleEndian();
            reader.Skip(4); // important colors
        }
        InvalidImageException.CheckSize(width, Math.Abs(height), pixelCap);
        BmpLayout layout = ReadLayout(ref reader, bits, compression, headerSize);
        reader.Skip(FileHeaderSize + (long)headerSize - reader.Position is > 0 and long rest ? rest : 0);

        ReadOnlySpan<byte> palette = [];
        int entrySize = isCore ? 3 : 4;
        if (layout == BmpLayout.Palette)
        {
            if (colors == 0) colors = 1u << bits;
            if (colors > 65536) throw new InvalidImageException($"its BMP palette claims {colors} colors; at most 65536 are possible");
            if (pixelOffset == FileHeaderSize + headerSize) pixelOffset += 4 * colors; // some writers do not count the palette
            palette = reader.Take(entrySize * colors);
        }
        return new BmpHeader
        {
            Width = (int)width,
            Height = (int)Math.Abs(height),
            TopDown = height < 0,
            BitsPerPixel = bits,
            Compression = (BmpCompression)compression,
            Layout = layout,
            Palette = palette,
            PaletteEntrySize = entrySize,
            PixelOffset = pixelOffset != 0 ? pixelOffset : reader.Position,
        };
    }

    private static BmpLayout ReadLayout(ref ByteReader reader, int bits, uint compression, uint headerSize)
    {
        switch ((BmpCompression)compression, bits)
        {
            case (BmpCompression.None, 1 or 4 or 8) or (BmpCompression.Rle8, 8) or (BmpCompression.Rle4, 4): return BmpLayout.Palette;
            case (BmpCompression.None, 16): return BmpLayout.Bgr555;
            case (BmpCompression.None, 24): return BmpLayout.Bgr24;
            case (BmpCompression.None, 32): return BmpLayout.Bgrx32;
            case (BmpCompression.BitFields, 16 or 24 or 32): break;
            default: throw new InvalidImageException($"BMP compression {compression} with {bits} bits per pixel is not supported");
        }
        uint red = reader.UInt32LittleEndian(), green = reader.UInt32LittleEndian(), blue = reader.UInt32LittleEndian();
        uint alpha = headerSize >= 56 ? reader.UInt32LittleEndian() : 0;
        return (bits, red, green, blue, alpha) switch
        {
            (16, 0xF800, 0x7E0, 0x1F, _) => BmpLayout.Bgr565,
            (16, 0x7C00, 0x3E0, 0x1F, _) => BmpLayout.Bgr555,
            (24, 0xFF0000, 0xFF00, 0xFF, _) => BmpLayout.Bgr24,
            (32, 0xFF0000, 0xFF00, 0xFF, 0 or 0xFF000000) or (32, 0, 0, 0, 0) => BmpLayout.Bgrx32,
            (32, 0xFF000000, 0xFF0000, 0xFF00, 0 or 0xFF) => BmpLayout.Xbgr32,
            (32, 0xFF, 0xFF00, 0xFF0000, 0xFF000000) => BmpLayout.Rgbx32,
            _ => throw new InvalidImageException(
                $"BMP bit masks {red:X8}, {green:X8}, {blue:X8}, {alpha:X8} with {bits} bits per pixel are not supported"),
        };
    }
}
