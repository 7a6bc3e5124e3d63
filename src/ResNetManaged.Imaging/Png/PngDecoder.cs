using System.IO.Compression;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Imaging.Png;

/// <summary>Decodes PNG (ISO/IEC 15948): all color types, depths and interlace methods, and the default image of an animation.</summary>
internal static class PngDecoder
{
    // Deflate inflates 2 bits to at most 258 bytes; a file whose image would need more is truncated.
    private const long MaxInflation = 1032;

    private const int InflatedBufferSize = 1 << 16; // rows may be as short as a byte

    private const int ChunkOverhead = 12; // length, type, checksum

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    public static bool Recognizes(ReadOnlySpan<byte> content) => content.StartsWith(Signature);

    public static RgbImage Decode(ReadOnlySpan<byte> content, long pixelCap)
    {
        PngHeader? found = null;
        ReadOnlySpan<byte> palette = [];
        using MemoryStream compressed = new();
        ByteReader reader = new(content);
        reader.Skip(Signature.Length);
        while (compressed.Length == 0 || reader.Remaining >= ChunkOverhead) // chunks after the pixels are not needed
        {
            PngChunk chunk = PngChunk.Read(ref reader);
            if (found is null && chunk.Type != "IHDR") throw new InvalidImageException("the PNG file does not start with its header");
            if (chunk.Type == "IHDR") found ??= PngHeader.Read(chunk.Data, pixelCap);
            else if (chunk.Type == "PLTE") palette = chunk.Data;
            else if (chunk.Type == "IDAT") compressed.Write(chunk.Data);
            else if (chunk.Type == "IEND") break;
            else if (compressed.Length > 0) break; // later chunks do not affect the pixels
            else if (char.IsAsciiLetterUpper(chunk.Type[0])) throw new InvalidImageException($"PNG chunk '{chunk.Type}' is unknown");
        }
        if (found is not PngHeader header) throw InvalidImageException.Truncated();
        if (header.Color == PngColor.Palette && palette.IsEmpty) throw new InvalidImageException("the PNG file has no palette");
        if ((long)header.RowBytes(header.Width) * header.Height > compressed.Length * MaxInflation) throw InvalidImageException.Truncated();

        RgbImage image = new(header.Width, header.Height);
        compressed.Position = 0;
        // Rows are inflated one at a time, so surplus data is never held in memory.
        using BufferedStream inflated = new(new ZLibStream(compressed, CompressionMode.Decompress), InflatedBufferSize);
        try
        {
            ReadPasses(inflated, header, new PngPixels(header, palette), image);
        }
        catch (Exception e) when (e is InvalidDataException or IOException) // the latter if zlib asks for a dictionary
        {
            throw new InvalidImageException("the PNG file's compressed data is damaged or truncated", e);
        }
        return image;
    }

    private static void ReadPasses(Stream inflated, PngHeader header, PngPixels pixels, RgbImage image)
    {
        foreach (PngPass pass in header.Interlaced ? PngPass.Adam7 : PngPass.Sequential)
        {
            int width = pass.Columns(header.Width), height = pass.Rows(header.Height);
            if (width == 0 || height == 0) continue;
            int rowBytes = header.RowBytes(width), pixelBytes = Math.Max(header.BitsPerPixel / 8, 1);
            byte[] row = new byte[rowBytes], previous = new byte[rowBytes];
            for (int y = 0; y < height; y++)
            {
                int filter = inflated.ReadByte();
                if (filter < 0 || inflated.ReadAtLeast(row, rowBytes, throwOnEndOfStream: false) < rowBytes) throw InvalidImageException.Truncated();
                PngFilter.Undo(filter, row, previous, pixelBytes);
                pixels.Write(row, width, image.Row(pass.Top + y * pass.StepY), pass.Left, pass.StepX);
                (row, previous) = (previous, row);
            }
        }
    }
}
