using System.Text;

namespace ResNetManaged.Imaging.Png;

/// <summary>A PNG chunk: a type of four letters, and data.</summary>
internal readonly ref struct PngChunk(string type, ReadOnlySpan<byte> data)
{
    private const uint CrcPolynomial = 0xEDB88320; // ISO 3309, bits reversed

    private static readonly uint[] CrcTable = MakeCrcTable();

    public string Type { get; } = type;

    public ReadOnlySpan<byte> Data { get; } = data;

    /// <summary>Reads a chunk. Verifies the checksum except for pixels.</summary>
    /// <remarks>Compressed pixels have their own checksum, and PIL decodes what is left of a truncated last chunk.</remarks>
    public static PngChunk Read(scoped ref ByteReader reader)
    {
        uint length = reader.UInt32BigEndian();
        ReadOnlySpan<byte> type = reader.Take(4);
        foreach (byte letter in type)
        {
            if (!char.IsAsciiLetter((char)letter)) throw new InvalidImageException("the PNG file is damaged: a chunk's type is not four letters");
        }
        string name = Encoding.Latin1.GetString(type);
        if (name == "IDAT")
        {
            ReadOnlySpan<byte> pixels = reader.Take(Math.Min(length, reader.Remaining));
            reader.Skip(Math.Min(4, reader.Remaining));
            return new PngChunk(name, pixels);
        }
        ReadOnlySpan<byte> data = reader.Take(length);
        if (name == "IEND") return new PngChunk(name, data);
        if (reader.UInt32BigEndian() != Crc(type, data) && char.IsAsciiLetterUpper(name[0]))
            throw new InvalidImageException($"PNG chunk '{name}' has a wrong checksum");
        return new PngChunk(name, data);
    }

    public static uint Crc(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data) => ~Update(Update(uint.MaxValue, type), data);

    private static uint Update(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (byte value in data) crc = CrcTable[(byte)(crc ^ value)] ^ (crc >> 8);
        return crc;
    }

    private static uint[] MakeCrcTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint crc = i;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? CrcPolynomial ^ (crc >> 1) : crc >> 1;
            table[i] = crc;
        }
        return table;
    }
}
