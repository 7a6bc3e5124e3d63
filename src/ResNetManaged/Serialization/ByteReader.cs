using System.Buffers.Binary;
using System.Text;

namespace ResNetManaged.Serialization;

/// <summary>Reads small things one after another from a part of a source: a pickle.</summary>
/// <param name="source">Where the bytes are.</param>
/// <param name="start">The first byte of the part.</param>
/// <param name="end">One past its last byte; the source is at least as long.</param>
/// <param name="entry">The part's name, for messages.</param>
internal sealed class ByteReader(ByteSource source, long start, long end, string entry)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _window = new byte[(int)Math.Min(1 << 14, end - start)];
    private long _windowStart = start;
    private int _windowLength;

    public string FileName => source.Name;

    public string Entry => entry;

    /// <summary>Of the next byte, from the start of the source.</summary>
    public long Position { get; private set; } = start;

    public bool AtEnd => Position == end;

    public byte ReadByte() => Take(1)[0];

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public double ReadDoubleBigEndian() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    /// <summary>The next bytes; valid until the next call. At most <paramref name="length"/> 255.</summary>
    public ReadOnlySpan<byte> Take(int length)
    {
        CheckAvailable(length);
        int at = (int)(Position - _windowStart);
        if (at + length > _windowLength)
        {
            _windowStart = Position;
            _windowLength = (int)Math.Min(_window.Length, end - Position);
            source.Read(_windowStart, _window.AsSpan(0, _windowLength), entry);
            at = 0;
        }
        Position += length;
        return _window.AsSpan(at, length);
    }

    /// <summary>UTF-8 text of a length in bytes, refused before memory is taken when it is longer than what is left or than the limit.</summary>
    public string ReadString(ulong length, int maxLength)
    {
        if (length > (ulong)maxLength) throw Fail($"has a string of {length} bytes", $"at most {maxLength} are accepted");
        CheckAvailable((long)length);
        byte[] bytes = new byte[length];
        source.Read(Position, bytes, entry);
        Position += bytes.Length;
        return Decode(bytes);
    }

    /// <summary>Skips bytes whose meaning does not matter.</summary>
    public void Skip(ulong length)
    {
        CheckAvailable(length > long.MaxValue ? long.MaxValue : (long)length);
        Position += (long)length;
    }

    /// <summary>Text up to a line feed, as GLOBAL's arguments are written.</summary>
    public string ReadLine(int maxLength)
    {
        List<byte> bytes = [];
        for (byte next = ReadByte(); next != '\n'; next = ReadByte())
        {
            if (bytes.Count == maxLength) throw Fail($"has a line of more than {maxLength} bytes", "expected the name of a symbol");
            bytes.Add(next);
        }
        return Decode(bytes.ToArray());
    }

    public CheckpointException Fail(string found, string expected, Exception? cause = null) =>
        new(source.Name, entry, $"{found} (before byte {Position})", expected, cause);

    private string Decode(byte[] bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw Fail("has a string that is not UTF-8", "expected valid text", exception);
        }
    }

    private void CheckAvailable(long length)
    {
        if (length > end - Position) throw Fail("ends in the middle", $"expected {length} bytes where {end - Position} are left");
    }
}
