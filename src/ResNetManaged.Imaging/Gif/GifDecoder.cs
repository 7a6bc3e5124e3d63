using ResNetManaged.Preprocessing;

namespace ResNetManaged.Imaging.Gif;

/// <summary>Decodes the first frame of a GIF.</summary>
/// <remarks>As in PIL, pixels outside the frame get its transparent color, or color 0; the background color is ignored.</remarks>
internal static class GifDecoder
{
    private const int GraphicControl = 0xF9, Extension = '!', ImageDescriptor = ',', Trailer = ';';
    private const int HasTable = 0x80, IsInterlaced = 0x40, HasTransparency = 1;

    public static bool Recognizes(ReadOnlySpan<byte> content) => content.StartsWith("GIF87a"u8) || content.StartsWith("GIF89a"u8);

    public static RgbImage Decode(ReadOnlySpan<byte> content, long pixelCap)
    {
        ByteReader reader = new(content);
        reader.Skip(6);
        int width = reader.UInt16LittleEndian(), height = reader.UInt16LittleEndian(), flags = reader.Byte();
        reader.Skip(2); // background, aspect ratio
        ReadOnlySpan<byte> palette = ReadTable(ref reader, flags);
        int background = SkipToImage(ref reader);

        int left = reader.UInt16LittleEndian(), top = reader.UInt16LittleEndian();
        int frameWidth = reader.UInt16LittleEndian(), frameHeight = reader.UInt16LittleEndian();
        int frameFlags = reader.Byte();
        if ((frameFlags & HasTable) != 0) palette = ReadTable(ref reader, frameFlags);
        width = Math.Max(width, left + frameWidth);
        height = Math.Max(height, top + frameHeight);
        InvalidImageException.CheckSize(frameWidth, frameHeight, pixelCap);
        InvalidImageException.CheckSize(width, height, pixelCap);

        if (frameWidth * (long)frameHeight > content.Length * GifLzw.MaxPixelsPerByte) throw InvalidImageException.Truncated();
        byte[] indices = new byte[frameWidth * frameHeight];
        GifLzw.Decode(ref reader, indices);
        RgbImage image = new(width, height);
        if (frameWidth < width || frameHeight < height) Fill(image, palette, background);
        int sourceRow = 0;
        foreach (int y in Rows(frameHeight, (frameFlags & IsInterlaced) != 0))
        {
            Span<byte> rgb = image.Row(top + y).Slice(left * 3, frameWidth * 3);
            ReadOnlySpan<byte> row = indices.AsSpan(sourceRow++ * frameWidth, frameWidth);
            for (int x = 0; x < row.Length; x++) Palette.Look(palette, row[x], rgb.Slice(x * 3, 3));
        }
        return image;
    }

    /// <summary>Skips to the first image; returns the transparent color, or 0.</summary>
    private static int SkipToImage(ref ByteReader reader)
    {
        int transparent = 0;
        while (true)
        {
            int block = reader.Byte();
            if (block == ImageDescriptor) return transparent;
            if (block == Trailer) throw new InvalidImageException("the GIF file has no image");
            if (block != Extension) continue; // PIL skips unknown blocks
            int label = reader.Byte();
            for (int size = reader.Byte(), i = 0; size > 0; size = reader.Byte(), i++)
            {
                ReadOnlySpan<byte> data = reader.Take(size);
                if (i == 0 && label == GraphicControl && data.Length >= 4 && (data[0] & HasTransparency) != 0) transparent = data[3];
            }
        }
    }

    private static ReadOnlySpan<byte> ReadTable(ref ByteReader reader, int flags) =>
        (flags & HasTable) != 0 ? reader.Take(3 << ((flags & 7) + 1)) : [];

    private static void Fill(RgbImage image, ReadOnlySpan<byte> palette, int color)
    {
        Span<byte> rgb = stackalloc byte[3];
        Palette.Look(palette, color, rgb);
        for (int i = 0; i < image.Pixels.Length; i += 3) rgb.CopyTo(image.Pixels[i..]);
    }

    private static IEnumerable<int> Rows(int height, bool interlaced)
    {
        (int First, int Step)[] passes = interlaced ? [(0, 8), (4, 8), (2, 4), (1, 2)] : [(0, 1)];
        foreach ((int first, int step) in passes)
        {
            for (int y = first; y < height; y += step) yield return y;
        }
    }
}
