using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Imaging.Png;

/// <summary>Writes 24-bit PNG files (RFC 2083) without interlacing, each row as the difference from the one above.</summary>
internal static class PngEncoder
{
    private const int UpFilter = 2;

    public static byte[] Encode(RgbImage image)
    {
        using MemoryStream file = new();
        file.Write(PngDecoder.Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], image.Height);
        (header[8], header[9]) = (8, (byte)PngColor.Rgb); // bits per channel; compression, filter method and interlacing are 0
        header[10..].Clear();
        WriteChunk(file, "IHDR", header);
        WriteChunk(file, "IDAT", Compress(image));
        WriteChunk(file, "IEND", []);
        return file.ToArray();
    }

    private static byte[] Compress(RgbImage image)
    {
        using MemoryStream compressed = new();
        using (ZLibStream pixels = new(compressed, CompressionLevel.Optimal))
        {
            byte[] above = new byte[image.Row(0).Length], difference = new byte[above.Length];
            for (int y = 0; y < image.Height; y++)
            {
                ReadOnlySpan<byte> row = image.Row(y);
                for (int i = 0; i < difference.Length; i++) difference[i] = (byte)(row[i] - above[i]);
                pixels.WriteByte(UpFilter);
                pixels.Write(difference);
                row.CopyTo(above);
            }
        }
        return compressed.ToArray();
    }

    private static void WriteChunk(Stream file, string type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[sizeof(uint)];
        byte[] letters = Encoding.ASCII.GetBytes(type);
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(letters);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, PngChunk.Crc(letters, data));
        file.Write(number);
    }
}
