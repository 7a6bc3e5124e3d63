using System.Buffers.Binary;
using System.Text;
using ResNetManaged.Serialization;

namespace ResNetManaged.Onnx.Protobuf;

/// <summary>Reads the fields of one Protocol Buffers message from a range of a source; unknown fields are skipped.</summary>
/// <remarks>
/// The wire format of https://protobuf.dev/programming-guides/encoding. Long values, such as the elements of tensors, are returned as ranges of the
/// source and not read. Every length is checked against the enclosing message, so that memory and time are bounded by the file's length.
/// </remarks>
internal sealed class ProtoReader
{
    private const int MaxDepth = 64;
    private const int MaxMessages = 2_000_000; // each becomes objects that are larger than it
    private const int WindowLength = 1 << 16;

    private readonly Window _window;
    private readonly long _end;
    private readonly int _depth;
    private long _position;

    /// <summary>Creates a reader of the message that a source consists of.</summary>
    public ProtoReader(ByteSource source) : this(new Window(source), 0, source.Length, depth: 0)
    {
    }

    private ProtoReader(Window window, long start, long end, int depth) => (_window, _position, _end, _depth) = (window, start, end, depth);

    /// <summary>The number of the field that <see cref="Next"/> found.</summary>
    public int Field { get; private set; }

    /// <summary>How its value is encoded.</summary>
    public WireType Type { get; private set; }

    /// <summary>Goes to the next field; its value must then be read or skipped.</summary>
    /// <returns>False at the end of the message.</returns>
    public bool Next()
    {
        if (_position == _end) return false;
        ulong tag = ReadVarint();
        (Field, Type) = (tag >> 3 is > 0 and < 1 << 29 ? (int)(tag >> 3) : 0, (WireType)(tag & 7));
        if (Field == 0) throw Damaged($"has the field tag {tag}", "expected a field number from 1 to 536870911");
        return true;
    }

    /// <summary>Skips the value of a field.</summary>
    public void Skip()
    {
        switch (Type)
        {
            case WireType.Varint: ReadVarint(); break;
            case WireType.Fixed64: Advance(sizeof(ulong)); break;
            case WireType.Fixed32: Advance(sizeof(uint)); break;
            case WireType.Bytes: ReadRange(); break;
            default: throw Damaged($"has a field of wire type {(int)Type}", "expected 0, 1, 2 or 5; groups are not supported");
        }
    }

    /// <summary>Reads an integer.</summary>
    public long ReadInteger()
    {
        Require(WireType.Varint);
        return unchecked((long)ReadVarint());
    }

    /// <summary>Reads a float32.</summary>
    public float ReadSingle()
    {
        Require(WireType.Fixed32);
        return BitConverter.UInt32BitsToSingle((uint)ReadFixed(sizeof(uint)));
    }

    /// <summary>Reads text.</summary>
    public string ReadText()
    {
        Require(WireType.Bytes);
        (long offset, long length) = ReadRange();
        return Encoding.UTF8.GetString(_window.Source.ReadBytes(offset, checked((int)length), entry: null));
    }

    /// <summary>The range of a byte string, which is not read.</summary>
    public (long Offset, long Length) ReadBytes()
    {
        Require(WireType.Bytes);
        return ReadRange();
    }

    /// <summary>A reader of an embedded message.</summary>
    public ProtoReader ReadMessage()
    {
        Require(WireType.Bytes);
        if (++_window.Messages > MaxMessages) throw Damaged($"has more than {MaxMessages} messages", "expected a smaller graph");
        if (_depth == MaxDepth) throw Damaged($"nests messages more than {MaxDepth} deep", "expected fewer levels");
        (long offset, long length) = ReadRange();
        return new ProtoReader(_window, offset, offset + length, _depth + 1);
    }

    /// <summary>Reads one or, if they are packed, several integers of a repeated field.</summary>
    public void ReadIntegers(List<long> values)
    {
        foreach (ProtoReader _ in Elements(WireType.Varint)) values.Add(unchecked((long)_.ReadVarint()));
    }

    /// <summary>Reads one or, if they are packed, several float32 of a repeated field.</summary>
    public void ReadSingles(List<float> values)
    {
        foreach (ProtoReader _ in Elements(WireType.Fixed32)) values.Add(BitConverter.UInt32BitsToSingle((uint)_.ReadFixed(sizeof(uint))));
    }

    /// <summary>Reads one or, if they are packed, several float64 of a repeated field.</summary>
    public void ReadDoubles(List<double> values)
    {
        foreach (ProtoReader _ in Elements(WireType.Fixed64)) values.Add(BitConverter.UInt64BitsToDouble(_.ReadFixed(sizeof(ulong))));
    }

    /// <summary>The error for content that no valid file has.</summary>
    public CheckpointException Damaged(string found, string expected) =>
        new(_window.Source.Name, null, $"{found} at byte {_position}", expected, kind: OnnxErrors.Kind);

    private IEnumerable<ProtoReader> Elements(WireType element)
    {
        if (Type == element)
        {
            yield return this;
            yield break;
        }
        Require(WireType.Bytes);
        (long offset, long length) = ReadRange();
        ProtoReader packed = new(_window, offset, offset + length, _depth);
        while (packed._position < packed._end) yield return packed;
    }

    private void Require(WireType expected)
    {
        if (Type != expected) throw Damaged($"has field {Field} with wire type {(int)Type}", $"expected {(int)expected}");
    }

    private (long Offset, long Length) ReadRange()
    {
        ulong length = ReadVarint();
        if (length > (ulong)(_end - _position))
            throw Damaged($"claims {length} bytes for field {Field}", $"expected at most {_end - _position}, to the end of its message");
        long offset = _position;
        _position += (long)length;
        return (offset, (long)length);
    }

    private void Advance(int count)
    {
        if (_end - _position < count) throw Ends();
        _position += count;
    }

    private ulong ReadFixed(int count)
    {
        if (_end - _position < count) throw Ends();
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        for (int i = 0; i < count; i++) bytes[i] = _window[_position++];
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (_position == _end) throw Ends();
            byte next = _window[_position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        throw Damaged("has an integer of more than ten bytes", "expected at most ten");
    }

    private CheckpointException Ends() => Damaged("ends within a field", "expected a whole message; the download was probably cut short");

    /// <summary>The bytes around the position that was read last.</summary>
    private sealed class Window(ByteSource source)
    {
        private readonly byte[] _bytes = new byte[WindowLength];
        private long _start;
        private int _length;

        public ByteSource Source => source;

        /// <summary>How many embedded messages were read.</summary>
        public int Messages { get; set; }

        public byte this[long position]
        {
            get
            {
                if (position < _start || position >= _start + _length) Load(position);
                return _bytes[position - _start];
            }
        }

        private void Load(long position)
        {
            _length = (int)Math.Min(WindowLength, source.Length - position);
            source.Read(position, _bytes.AsSpan(0, _length), entry: null);
            _start = position;
        }
    }
}

/// <summary>How the value of a field is encoded.</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}
