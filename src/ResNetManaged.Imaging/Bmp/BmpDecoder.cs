using ResNetManaged.Preprocessing;

namespace ResNetManaged.Imaging.Bmp;

/// <summary>Decodes Windows and OS/2 bitmaps: with palettes, with 16, 24 or 32 bits per pixel, and run-length encoded.</summary>
internal static class BmpDecoder
{
    public static bool Recognizes(ReadOnlySpan<byte> content) => content.StartsWith("BM"u8);

    public static RgbImage Decode(ReadOnlySpan<byte> content, long pixelCap)
    {
        BmpHeader header = BmpHeader.Read(content, pixelCap);
        ByteReader reader = new(content);
        reader.Skip(header.PixelOffset);
        byte[] palette = ToRgb(header);
        return header.Compression is BmpCompression.Rle8 or BmpCompression.Rle4
            ? DecodeRuns(ref reader, header, palette)
            : DecodeRows(ref reader, header, palette);
    }

    private static RgbImage DecodeRows(ref ByteReader reader, BmpHeader header, ReadOnlySpan<byte> palette)
    {
        int rowBytes = (int)(((long)header.Width * header.BitsPerPixel + 7) / 8);
        if (reader.Remaining < header.Stride * (header.Height - 1) + rowBytes) throw InvalidImageException.Truncated();
        RgbImage image = new(header.Width, header.Height);
        for (int y = 0; y < header.Height; y++)
        {
            ReadOnlySpan<byte> row = reader.Take(rowBytes);
            if (y < header.Height - 1) reader.Skip(header.Stride - rowBytes);
            WriteRow(row, header, palette, image.Row(TargetRow(header, y)));
        }
        return image;
    }

    private static RgbImage DecodeRuns(ref ByteReader reader, BmpHeader header, ReadOnlySpan<byte> palette)
    {
        byte[] indices = new byte[header.Width * header.Height];
        BmpRuns.Decode(ref reader, indices, header.Width, header.Compression == BmpCompression.Rle4);
        RgbImage image = new(header.Width, header.Height);
        for (int y = 0; y < header.Height; y++)
        {
            Span<byte> rgb = image.Row(TargetRow(header, y));
            for (int x = 0; x < header.Width; x++) Palette.Look(palette, indices[y * header.Width + x], rgb.Slice(x * 3, 3));
        }
        return image;
    }

    private static int TargetRow(BmpHeader header, int y) => header.TopDown ? y : header.Height - 1 - y;

    private static byte[] ToRgb(BmpHeader header)
    {
        int colors = Math.Min(header.Palette.Length / header.PaletteEntrySize, 256);
        byte[] rgb = new byte[colors * 3];
        PixelFormat format = header.PaletteEntrySize == 3 ? PixelFormat.Bgr24 : PixelFormat.Bgra32;
        if (colors > 0) RgbImage.FromPixels(header.Palette, colors, 1, format).Pixels.CopyTo(rgb);
        return rgb;
    }

    private static void WriteRow(ReadOnlySpan<byte> row, BmpHeader header, ReadOnlySpan<byte> palette, Span<byte> rgb)
    {
        for (int x = 0; x < header.Width; x++)
        {
            Span<byte> pixel = rgb.Slice(x * 3, 3);
            switch (header.Layout)
            {
                case BmpLayout.Palette: Palette.Look(palette, Packed(row, x, header.BitsPerPixel), pixel); break;
                case BmpLayout.Bgr24: Pick(row[(x * 3)..], pixel, 2, 1, 0); break;
                case BmpLayout.Bgrx32: Pick(row[(x * 4)..], pixel, 2, 1, 0); break;
                case BmpLayout.Xbgr32: Pick(row[(x * 4)..], pixel, 3, 2, 1); break;
                case BmpLayout.Rgbx32: Pick(row[(x * 4)..], pixel, 0, 1, 2); break;
                case BmpLayout.Bgr555: Unpack(row[x * 2] | (row[x * 2 + 1] << 8), pixel, greenBits: 5); break;
                case BmpLayout.Bgr565: Unpack(row[x * 2] | (row[x * 2 + 1] << 8), pixel, greenBits: 6); break;
                default: throw new InvalidOperationException($"Unknown layout {header.Layout}.");
            }
        }
    }

    private static void Pick(ReadOnlySpan<byte> source, Span<byte> pixel, int red, int green, int blue)
    {
        pixel[0] = source[red];
        pixel[1] = source[green];
        pixel[2] = source[blue];
    }

    private static void Unpack(int value, Span<byte> pixel, int greenBits)
    {
        int greenMax = (1 << greenBits) - 1;
        pixel[0] = (byte)(((value >> (5 + greenBits)) & 31) * byte.MaxValue / 31);
        pixel[1] = (byte)(((value >> 5) & greenMax) * byte.MaxValue / greenMax);
        pixel[2] = (byte)((value & 31) * byte.MaxValue / 31);
    }

    private static int Packed(ReadOnlySpan<byte> row, int x, int depth)
    {
        int bit = x * depth;
        return (row[bit >> 3] >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
    }
}
