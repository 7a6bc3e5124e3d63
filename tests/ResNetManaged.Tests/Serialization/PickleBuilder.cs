using System.Buffers.Binary;
using System.Text;

namespace ResNetManaged.Tests.Serialization;

/// <summary>Writes pickles opcode by opcode, as an attacker would.</summary>
internal sealed class PickleBuilder
{
    private readonly List<byte> _bytes = [0x80, 2];

    public PickleBuilder Op(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public PickleBuilder Op(string ascii) => Op(Encoding.ASCII.GetBytes(ascii));

    public PickleBuilder Times(int count, Action<PickleBuilder> part)
    {
        for (int i = 0; i < count; i++) part(this);
        return this;
    }

    public PickleBuilder Global(string module, string name) => Op($"c{module}\n{name}\n");

    public PickleBuilder Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return Op((byte)'X').UInt32((uint)utf8.Length).Op(utf8);
    }

    public PickleBuilder UInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Op(bytes);
    }

    /// <summary>LONG1 of eight bytes.</summary>
    public PickleBuilder Integer(long value)
    {
        Span<byte> bytes = stackalloc byte[10];
        bytes[0] = 0x8A;
        bytes[1] = 8;
        BinaryPrimitives.WriteInt64LittleEndian(bytes[2..], value);
        return Op(bytes);
    }

    public PickleBuilder Integers(ReadOnlySpan<long> values)
    {
        Op((byte)'(');
        foreach (long value in values) Integer(value);
        return Op((byte)'t');
    }

    /// <summary>A storage named by a persistent id.</summary>
    public PickleBuilder Storage(string key, long count, string type = "FloatStorage") =>
        Op((byte)'(').Text("storage").Global("torch", type).Text(key).Text("cpu").Integer(count).Op("tQ");

    /// <summary>A tensor over a storage.</summary>
    public PickleBuilder Tensor(long count, long offset, long[] size, long[] stride, string key = "0") => Global("torch._utils", "_rebuild_tensor_v2")
        .Op((byte)'(').Storage(key, count).Integer(offset).Integers(size).Integers(stride).Op(0x89).Global("collections", "OrderedDict").Op(")RtR");

    /// <summary>A dict with one tensor, "weight".</summary>
    public static byte[] OneTensor(long count, long offset, long[] size, long[] stride) =>
        new PickleBuilder().Op("}").Text("weight").Tensor(count, offset, size, stride).Op("s").Stop();

    public byte[] Stop() => Op((byte)'.')._bytes.ToArray();

    public byte[] Unfinished() => _bytes.ToArray();

    /// <summary>The pickle in a legacy container, followed by storages with the given keys and elements.</summary>
    public static byte[] Legacy(byte[] pickle, params (string Key, float[] Elements)[] storages)
    {
        PickleBuilder keys = new PickleBuilder().Op("]");
        foreach ((string key, _) in storages) keys.Text(key).Op("a");
        List<byte> file =
        [
            0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.',
            0x80, 2, (byte)'M', 0xE9, 0x03, (byte)'.', 0x80, 2, (byte)'}', (byte)'.', .. pickle, .. keys.Stop(),
        ];
        foreach ((_, float[] elements) in storages)
        {
            file.AddRange(BitConverter.GetBytes((long)elements.Length));
            foreach (float element in elements) file.AddRange(BitConverter.GetBytes(element));
        }
        return [.. file];
    }
}
