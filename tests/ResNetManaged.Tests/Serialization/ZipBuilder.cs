using System.Text;

namespace ResNetManaged.Tests.Serialization;

/// <summary>Writes zip archives field by field, both valid and invalid ones.</summary>
internal sealed class ZipBuilder
{
    private readonly List<byte> _file = [];
    private readonly List<byte> _directory = [];
    private int _count;

    /// <summary>A torch checkpoint: a pickle, and storage "0" with four floats.</summary>
    public static ZipBuilder Torch(byte[] pickle) => new ZipBuilder().Add("a/data.pkl", pickle).Add("a/data/0", new byte[16]);

    /// <summary>A 2 x 2 tensor that fits the storage.</summary>
    public static byte[] GoodPickle { get; } = PickleBuilder.OneTensor(4, 0, [2, 2], [2, 1]);

    public ZipBuilder Add(string name, byte[] content, ushort method = 0, ushort flags = 0, long? claimedLength = null, long? offset = null,
        string? localName = null, bool zip64 = false)
    {
        byte[] encoded = Encoding.UTF8.GetBytes(name), local = Encoding.UTF8.GetBytes(localName ?? name);
        long length = claimedLength ?? content.Length, position = offset ?? _file.Count;
        uint narrow = zip64 ? uint.MaxValue : (uint)length;
        byte[] extra = zip64 ? [1, 0, 16, 0, .. BitConverter.GetBytes(length), .. BitConverter.GetBytes(length)] : [];
        UInt32(_file, 0x04034B50).AddRange(new byte[2]);
        UInt16(UInt16(_file, flags), method).AddRange(new byte[8]);
        UInt16(UInt16(UInt32(UInt32(_file, narrow), narrow), (ushort)local.Length), 0).AddRange(local);
        _file.AddRange(content);

        UInt32(_directory, 0x02014B50).AddRange(new byte[4]);
        UInt16(UInt16(_directory, flags), method).AddRange(new byte[8]);
        UInt16(UInt16(UInt32(UInt32(_directory, narrow), narrow), (ushort)encoded.Length), (ushort)extra.Length).AddRange(new byte[10]);
        UInt32(_directory, (uint)position).AddRange(encoded);
        _directory.AddRange(extra);
        _count++;
        return this;
    }

    public byte[] Build(long? directoryLength = null, long? directoryOffset = null, int? count = null, string comment = "", bool zip64 = false)
    {
        List<byte> file = [.. _file, .. _directory];
        ulong length = (ulong)(directoryLength ?? _directory.Count), offset = (ulong)(directoryOffset ?? _file.Count);
        ulong entries = (ulong)(count ?? _count);
        if (zip64)
        {
            long record = file.Count;
            UInt32(file, 0x06064B50).AddRange(BitConverter.GetBytes(44L));
            file.AddRange(new byte[12]);
            UInt64(UInt64(UInt64(UInt64(file, entries), entries), length), offset);
            UInt64(UInt32(UInt32(file, 0x07064B50), 0), (ulong)record).AddRange([1, 0, 0, 0]);
            (entries, length, offset) = (ushort.MaxValue, uint.MaxValue, uint.MaxValue);
        }
        UInt32(file, 0x06054B50).AddRange(new byte[4]);
        UInt32(UInt32(UInt16(UInt16(file, (ushort)entries), (ushort)entries), (uint)length), (uint)offset);
        UInt16(file, (ushort)comment.Length).AddRange(Encoding.ASCII.GetBytes(comment));
        return [.. file];
    }

    private static List<byte> UInt16(List<byte> bytes, ushort value)
    {
        bytes.AddRange([(byte)value, (byte)(value >> 8)]);
        return bytes;
    }

    private static List<byte> UInt32(List<byte> bytes, uint value) => UInt16(UInt16(bytes, (ushort)value), (ushort)(value >> 16));

    private static List<byte> UInt64(List<byte> bytes, ulong value) => UInt32(UInt32(bytes, (uint)value), (uint)(value >> 32));
}
