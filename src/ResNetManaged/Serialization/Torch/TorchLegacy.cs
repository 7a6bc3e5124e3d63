using ResNetManaged.Layers.State;

namespace ResNetManaged.Serialization.Torch;

/// <summary>Reads the format of <c>torch.save</c> before PyTorch 1.6: five pickles, then the storages one after another.</summary>
/// <remarks>
/// The pickles are a magic number, the protocol version 1001, facts about the machine, the value, and the list of storage keys. The storages follow
/// in the order of that list: each is an element count in 8 bytes, then the elements, little endian.
/// </remarks>
internal static class TorchLegacy
{
    private const long ProtocolVersion = 1001;
    private const string Entry = "pickle";

    /// <summary>LONG1 of ten bytes: 0x1950A86A20F9469CFC6C, little endian.</summary>
    private static ReadOnlySpan<byte> Magic => [(byte)PickleOpcode.Long1, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19];

    /// <summary>The number of bytes that <see cref="Matches"/> needs.</summary>
    public const int SignatureLength = 2 + 9 + 12;

    /// <summary>Whether a file starts like this format: PROTO, a FRAME from protocol 4 on, and the magic number.</summary>
    public static bool Matches(ReadOnlySpan<byte> start)
    {
        if (start.Length < 2 || start[0] != (byte)PickleOpcode.Proto) return false;
        start = start[2..];
        if (start.Length > 9 && start[0] == (byte)PickleOpcode.Frame) start = start[9..];
        return start.StartsWith(Magic);
    }

    public static StateDict Read(ByteSource source, bool average)
    {
        PickleReader reader = new(source, 0, source.Length, Entry);
        new RestrictedUnpickler(reader).Load(); // the magic number, already checked by Matches
        if (new RestrictedUnpickler(reader).Load() is not ProtocolVersion)
            throw reader.Fail("has an unknown protocol version", $"expected {ProtocolVersion}");
        new RestrictedUnpickler(reader).Load();
        RestrictedUnpickler unpickler = new(reader, new NumpyPickle(reader, isTorch: true));
        object? value = unpickler.Load();
        if (new RestrictedUnpickler(reader).Load() is not List<object?> keys)
            throw reader.Fail("has no list of storages", "expected one after the value");

        Dictionary<string, long> positions = LocateStorages(source, reader, keys, unpickler.Storages);
        return TorchTensors.Read(source, value, storage => positions[storage.Key], average);
    }

    private static Dictionary<string, long> LocateStorages(
        ByteSource source, PickleReader reader, List<object?> keys, IReadOnlyDictionary<string, TorchStorage> storages)
    {
        Dictionary<string, long> positions = new(StringComparer.Ordinal);
        foreach (object? item in keys)
        {
            if (item is not string key || !storages.TryGetValue(key, out TorchStorage? storage))
                throw reader.Fail("lists a storage that no tensor uses", "expected the keys of the tensors' storages");
            string entry = $"storage {key}";
            long count = (long)reader.ReadUInt64();
            if (count != storage.Count)
                throw new CheckpointException(source.Name, entry, $"has {count} elements", $"its tensors expect {storage.Count}");
            if (!positions.TryAdd(key, reader.Position))
                throw new CheckpointException(source.Name, entry, "occurs twice", "expected every storage once");
            source.CheckRange(reader.Position, storage.ByteLength, entry);
            reader.Skip((ulong)storage.ByteLength);
        }
        if (positions.Count != storages.Count)
            throw reader.Fail($"lists {positions.Count} storages", $"the tensors use {storages.Count}");
        if (!reader.AtEnd) throw reader.Fail("is followed by more data", $"expected the file to end with the storages; it ends at byte {source.Length}");
        return positions;
    }
}
