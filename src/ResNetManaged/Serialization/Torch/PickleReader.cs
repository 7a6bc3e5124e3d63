using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace ResNetManaged.Serialization.Torch;

/// <summary>Reads numbers and strings in sequence from a range of a source that holds pickles.</summary>
/// <param name="source">The source.</param>
/// <param name="start">The first byte of the range.</param>
/// <param name="end">One past the last byte of the range; the source is at least that long.</param>
/// <param name="entry">The range's name, for messages.</param>
internal sealed class PickleReader(ByteSource source, long start, long end, string entry)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _window = new byte[(int)Math.Min(1 << 14, end - start)];
    private long _windowStart = start;
    private int _windowLength;

    public ByteSource Source => source;

    public string FileName => source.Name;

    public string Entry => entry;

    /// <summary>The offset of the next byte from the start of the source.</summary>
    public long Position { get; private set; } = start;

    public bool AtEnd => Position == end;

    public byte ReadByte() => Take(1)[0];

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public double ReadDoubleBigEndian() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    /// <summary>The next <paramref name="length"/> bytes, at most 255; valid until the next call.</summary>
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

    /// <summary>Reads UTF-8 text of a length in bytes; throws before allocating if it exceeds the limit or the remaining bytes.</summary>
    public string ReadString(ulong length, int maxLength)
    {
        if (length > (ulong)maxLength) throw Fail($"has a string of {length} bytes", $"expected at most {maxLength}");
        CheckAvailable((long)length);
        byte[] bytes = new byte[length];
        source.Read(Position, bytes, entry);
        Position += bytes.Length;
        return Decode(bytes);
    }

    /// <summary>Reads bytes that may be UTF-8 text; null, after skipping them, if they are not.</summary>
    public string? TryReadString(int length)
    {
        CheckAvailable(length);
        byte[] bytes = source.ReadBytes(Position, length, entry);
        Position += length;
        return Utf8.IsValid(bytes) ? StrictUtf8.GetString(bytes) : null;
    }

    /// <summary>Skips bytes.</summary>
    public void Skip(ulong length)
    {
        CheckAvailable(length > long.MaxValue ? long.MaxValue : (long)length);
        Position += (long)length;
    }

    /// <summary>Reads text up to a line feed, the form of GLOBAL's arguments.</summary>
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
        if (length > end - Position) throw Fail("ends early", $"expected {length} more bytes; {end - Position} are left");
    }
}
