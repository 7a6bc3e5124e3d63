namespace ResNetManaged.Imaging.Jpeg;

internal enum JpegColor
{
    Gray,
    Rgb,
    YCbCr,
    Cmyk,
    Ycck,
}

/// <summary>What a JPEG's decoding depends on: its size, and the meaning of its components.</summary>
internal readonly record struct JpegHeader(int Width, int Height, JpegColor Color)
{
    private const int Jfif = 0xE0, Adobe = 0xEE, StartOfScan = 0xDA, EndOfImage = 0xD9;

    // A scan of a few bytes can cover the whole image; real progressive files have about ten scans.
    private const int MaxScans = 500;

    /// <summary>Reads the markers up to the first scan.</summary>
    public static JpegHeader Read(ReadOnlySpan<byte> content, long pixelCap)
    {
        ByteReader reader = new(content);
        reader.Skip(2);
        bool isJfif = false;
        int adobeTransform = -1;
        ReadOnlySpan<byte> frame = [];
        while (true)
        {
            int marker = NextMarker(ref reader);
            if (marker is EndOfImage) throw InvalidImageException.Truncated();
            if (marker is 0x01 or >= 0xD0 and <= 0xD8) continue; // markers without data
            int length = reader.UInt16BigEndian();
            ReadOnlySpan<byte> data = reader.Take(length - 2);
            if (marker == Jfif && data.StartsWith("JFIF\0"u8) && data.Length >= 14) isJfif = true;
            else if (marker == Adobe && data.StartsWith("Adobe"u8) && data.Length >= 12) adobeTransform = data[11];
            else if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC)) frame = data;
            else if (marker == StartOfScan) break;
        }
        int scans = content.Count((ReadOnlySpan<byte>)[0xFF, StartOfScan]); // coded data never contains a marker
        if (scans > MaxScans) throw new InvalidImageException($"a JPEG with {scans} scans is not supported; at most {MaxScans} are allowed");
        return ReadFrame(frame, isJfif, adobeTransform, content.Length, pixelCap);
    }

    /// <summary>Finds the next marker; skips bytes between segments, as libjpeg does.</summary>
    public static int NextMarker(ref ByteReader reader)
    {
        int marker = 0;
        while (marker == 0) // FF 00 is data, not a marker
        {
            while (reader.Byte() != 0xFF) { }
            do marker = reader.Byte(); while (marker == 0xFF);
        }
        return marker;
    }

    private static JpegHeader ReadFrame(ReadOnlySpan<byte> frame, bool isJfif, int adobeTransform, int fileLength, long pixelCap)
    {
        ByteReader reader = new(frame);
        int precision = reader.Byte(), height = reader.UInt16BigEndian(), width = reader.UInt16BigEndian(), components = reader.Byte();
        InvalidImageException.CheckSize(width, height, pixelCap);
        if (precision != 8) throw new InvalidImageException($"JPEG samples of {precision} bits are not supported");
        ReadOnlySpan<byte> table = reader.Take(3 * components);
        CheckLength(table, width, height, fileLength);
        JpegColor color = (components, isJfif, adobeTransform) switch
        {
            (1, _, _) => JpegColor.Gray,
            (3, true, _) => JpegColor.YCbCr,
            (3, false, 0) => JpegColor.Rgb,
            (3, false, > 0) => JpegColor.YCbCr,
            (3, false, _) => (table[0], table[3], table[6]) == ('R', 'G', 'B') ? JpegColor.Rgb : JpegColor.YCbCr,
            (4, _, -1 or 0) => JpegColor.Cmyk,
            (4, _, _) => JpegColor.Ycck,
            _ => throw new InvalidImageException($"a JPEG with {components} components is not supported"),
        };
        return new JpegHeader(width, height, color);
    }

    /// <summary>Rejects small files that claim large images: every group of blocks takes at least one bit.</summary>
    private static void CheckLength(ReadOnlySpan<byte> components, int width, int height, int fileLength)
    {
        int horizontal = 1, vertical = 1;
        for (int i = 0; i < components.Length; i += 3)
        {
            horizontal = Math.Max(horizontal, components[i + 1] >> 4);
            vertical = Math.Max(vertical, components[i + 1] & 15);
        }
        long groups = (long)((width + 8 * horizontal - 1) / (8 * horizontal)) * ((height + 8 * vertical - 1) / (8 * vertical));
        if (groups > 8L * fileLength) throw InvalidImageException.Truncated();
    }
}
