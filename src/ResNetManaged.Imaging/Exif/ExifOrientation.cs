using System.Buffers.Binary;
using ResNetManaged.Imaging.Jpeg;
using ResNetManaged.Imaging.Png;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Imaging.Exif;

/// <summary>The EXIF orientation of JPEG and PNG files: how a camera was held, and how to turn its picture upright.</summary>
/// <remarks>EXIF 2.32, 4.6.4, tag 0x0112. The results equal those of PIL's <c>ImageOps.exif_transpose</c>.</remarks>
internal static class ExifOrientation
{
    /// <summary>The orientation of a picture that needs no turning.</summary>
    public const int Upright = 1;

    private const int Last = 8, FirstSwapped = 5; // from 5 on, width and height change places
    private const int Tag = 0x0112, Short = 3, Long = 4;
    private const int HeaderLength = 8, EntryLength = 12;
    private const int App1 = 0xE1, StartOfScan = 0xDA, EndOfImage = 0xD9;

    /// <summary>The orientation of a file, 1 to 8; 1 if it has none, or if it is damaged.</summary>
    public static int Of(ReadOnlySpan<byte> content)
    {
        try
        {
            return JpegDecoder.Recognizes(content) ? OfJpeg(content) : PngDecoder.Recognizes(content) ? OfPng(content) : Upright;
        }
        catch (InvalidImageException)
        {
            return Upright; // the decoder says what is wrong, if anything that matters is
        }
    }

    /// <summary>Turns and mirrors an image of an orientation; returns the image itself if it is upright.</summary>
    public static RgbImage Apply(RgbImage image, int orientation)
    {
        if (orientation == Upright) return image;
        bool isSwapped = orientation >= FirstSwapped;
        int width = image.Width, height = image.Height;
        RgbImage result = isSwapped ? new(height, width) : new(width, height);
        ReadOnlySpan<byte> source = image.Pixels;
        for (int y = 0; y < result.Height; y++)
        {
            Span<byte> row = result.Row(y);
            for (int x = 0; x < result.Width; x++)
            {
                int fromX = isSwapped ? y : x, fromY = isSwapped ? x : y;
                if (orientation is 2 or 3 or 7 or 8) fromX = width - 1 - fromX;
                if (orientation is 3 or 4 or 6 or 7) fromY = height - 1 - fromY;
                source.Slice((fromY * width + fromX) * RgbImage.Channels, RgbImage.Channels).CopyTo(row[(x * RgbImage.Channels)..]);
            }
        }
        return result;
    }

    private static int OfJpeg(ReadOnlySpan<byte> content)
    {
        ByteReader reader = new(content);
        reader.Skip(2);
        while (true)
        {
            int marker = NextMarker(ref reader);
            if (marker is StartOfScan or EndOfImage) return Upright;
            if (marker is 0x01 or >= 0xD0 and <= 0xD8) continue; // markers without data
            ReadOnlySpan<byte> data = reader.Take(reader.UInt16BigEndian() - 2);
            if (marker == App1 && data.StartsWith("Exif\0\0"u8)) return OfTiff(data[6..]);
        }
    }

    /// <summary>Finds the next marker; skips bytes between segments, as the decoder does.</summary>
    private static int NextMarker(ref ByteReader reader)
    {
        int marker = 0;
        while (marker == 0) // FF 00 is data, not a marker
        {
            while (reader.Byte() != 0xFF) { }
            do marker = reader.Byte(); while (marker == 0xFF);
        }
        return marker;
    }

    private static int OfPng(ReadOnlySpan<byte> content)
    {
        ByteReader reader = new(content);
        reader.Skip(PngDecoder.Signature.Length);
        while (reader.Remaining > 0)
        {
            PngChunk chunk = PngChunk.Read(ref reader);
            if (chunk.Type == "eXIf") return OfTiff(chunk.Data);
            if (chunk.Type == "IEND") break;
        }
        return Upright;
    }

    private static int OfTiff(ReadOnlySpan<byte> data)
    {
        bool isLittle = data.StartsWith("II*\0"u8);
        if (data.Length < HeaderLength || !isLittle && !data.StartsWith("MM\0*"u8)) return Upright;
        uint directory = Number(data[4..], sizeof(uint), isLittle);
        if (directory > data.Length - 2) return Upright;
        ReadOnlySpan<byte> entries = data[((int)directory + 2)..];
        int count = Math.Min((int)Number(data[(int)directory..], sizeof(ushort), isLittle), entries.Length / EntryLength);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = entries.Slice(i * EntryLength, EntryLength);
            if (Number(entry, sizeof(ushort), isLittle) != Tag) continue;
            uint type = Number(entry[2..], sizeof(ushort), isLittle);
            uint value = type switch
            {
                Short => Number(entry[8..], sizeof(ushort), isLittle),
                Long => Number(entry[8..], sizeof(uint), isLittle),
                _ => Upright,
            };
            return value is >= Upright and <= Last ? (int)value : Upright;
        }
        return Upright;
    }

    private static uint Number(ReadOnlySpan<byte> data, int length, bool isLittle) => (length, isLittle) switch
    {
        (sizeof(ushort), true) => BinaryPrimitives.ReadUInt16LittleEndian(data),
        (sizeof(ushort), false) => BinaryPrimitives.ReadUInt16BigEndian(data),
        (_, true) => BinaryPrimitives.ReadUInt32LittleEndian(data),
        _ => BinaryPrimitives.ReadUInt32BigEndian(data),
    };
}
