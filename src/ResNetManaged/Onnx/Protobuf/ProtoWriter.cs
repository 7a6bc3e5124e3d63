using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ResNetManaged.Onnx.Protobuf;

/// <summary>Composes a Protocol Buffers message. Long values are written to the stream at the end and never copied.</summary>
internal sealed class ProtoWriter
{
    private readonly List<(long Length, Action<Stream> Write)> _parts = [];
    private readonly ArrayBufferWriter<byte> _open = new();

    /// <summary>The message's length so far in bytes.</summary>
    public long Length { get; private set; }

    /// <summary>Adds an integer field.</summary>
    public void Integer(int field, long value)
    {
        Tag(field, WireType.Varint);
        Varint(unchecked((ulong)value));
    }

    /// <summary>Adds a float32 field.</summary>
    public void Single(int field, float value)
    {
        Tag(field, WireType.Fixed32);
        Span<byte> bytes = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        Bytes(bytes);
    }

    /// <summary>Adds a text field.</summary>
    public void Text(int field, string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        Tag(field, WireType.Bytes);
        Varint((ulong)bytes.Length);
        Bytes(bytes);
    }

    /// <summary>Adds an embedded message, or text for each of several values.</summary>
    public void Message(int field, Action<ProtoWriter> compose)
    {
        ProtoWriter message = new();
        compose(message);
        Tag(field, WireType.Bytes);
        Varint((ulong)message.Length);
        message.Close();
        Close();
        foreach ((long length, Action<Stream> write) in message._parts) Add(length, write);
    }

    /// <summary>Adds bytes that are written later.</summary>
    public void Raw(int field, long length, Action<Stream> write)
    {
        Tag(field, WireType.Bytes);
        Varint((ulong)length);
        Close();
        Add(length, write);
    }

    /// <summary>Writes the message.</summary>
    public void WriteTo(Stream stream)
    {
        Close();
        foreach ((_, Action<Stream> write) in _parts) write(stream);
    }

    private void Add(long length, Action<Stream> write)
    {
        _parts.Add((length, write));
        Length += length;
    }

    private void Close()
    {
        if (_open.WrittenCount == 0) return;
        byte[] closed = _open.WrittenSpan.ToArray();
        _parts.Add((closed.Length, stream => stream.Write(closed)));
        _open.Clear();
    }

    private void Tag(int field, WireType type) => Varint((ulong)field << 3 | (ulong)type);

    private void Varint(ulong value)
    {
        Span<byte> bytes = stackalloc byte[10];
        int count = 0;
        for (; value >= 0x80; value >>= 7) bytes[count++] = (byte)(value | 0x80);
        bytes[count++] = (byte)value;
        Bytes(bytes[..count]);
    }

    private void Bytes(ReadOnlySpan<byte> bytes)
    {
        _open.Write(bytes);
        Length += bytes.Length;
    }
}
