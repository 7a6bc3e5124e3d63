using System.Buffers.Binary;
using System.Text;

namespace ResNetManaged.Serialization.Torch;

/// <summary>An uncompressed entry of a zip archive.</summary>
/// <param name="Name">Its unique name.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="HeaderOffset">Where its local header starts.</param>
internal sealed record ZipEntry(string Name, long Length, long HeaderOffset)
{
    /// <summary>Where the next entry or the directory starts; the data must end before it.</summary>
    public long Limit { get; init; }
}

/// <summary>The entries of a zip archive as <c>torch.save</c> writes it: stored uncompressed, so that bytes can be read in place.</summary>
/// <remarks>
/// PKWARE's APPNOTE.TXT, 4.3 to 4.5: a record of 22 bytes at the end of the file locates the central directory. If its fields are too narrow, a
/// locator right before it points to a zip64 record that does. Checksums are not verified; PyTorch's reader does not verify them either.
/// </remarks>
internal sealed class ZipDirectory
{
    private const uint EndSignature = 0x06054B50, Zip64EndSignature = 0x06064B50, Zip64LocatorSignature = 0x07064B50;
    private const uint CentralSignature = 0x02014B50, LocalSignature = 0x04034B50;
    private const int EndLength = 22, Zip64LocatorLength = 20, Zip64EndLength = 56, CentralLength = 46, LocalLength = 30;
    private const int MaxDirectoryLength = 1 << 24; // 16 MiB: a hundred thousand entries; a ResNet has fewer than a thousand
    private const ushort Zip64Extra = 1;

    private readonly ByteSource _source;
    private (string Name, ushort Method)? _compressed; // the first such entry
    private readonly Dictionary<string, ZipEntry> _entries = new(StringComparer.Ordinal);

    public ZipDirectory(ByteSource source)
    {
        _source = source;
        (long offset, long length, ulong count) = FindDirectory();
        if (length > MaxDirectoryLength || count > (ulong)(length / CentralLength))
            throw Fail($"has a directory of {count} entries in {length} bytes",
                $"expected at least {CentralLength} bytes per entry and at most {MaxDirectoryLength} in total");
        byte[] directory = new byte[length];
        source.Read(offset, directory, entry: null);
        SetLimits(ReadEntries(directory, count), offset);
    }

    public IEnumerable<string> Names => _entries.Keys;

    /// <summary>Throws if an entry is compressed, so that its bytes cannot be read in place.</summary>
    public void RequireStored()
    {
        if (_compressed is { } entry) throw Compressed(entry.Name, entry.Method);
    }

    public ZipEntry? Find(string name) => _entries.GetValueOrDefault(name);

    /// <summary>The position of an entry's data, from its local header, which must agree with the directory.</summary>
    public long Locate(ZipEntry entry)
    {
        Span<byte> header = stackalloc byte[LocalLength];
        _source.Read(entry.HeaderOffset, header, entry.Name);
        if (UInt32(header, 0) != LocalSignature) throw Fail(entry.Name, "has no local header", "expected one where the directory says it is");
        ushort method = UInt16(header, 8);
        if (IsCompressed(entry.Name, flags: UInt16(header, 6), method)) throw Compressed(entry.Name, method);
        byte[] name = new byte[UInt16(header, 26)];
        _source.Read(entry.HeaderOffset + LocalLength, name, entry.Name);
        if (!name.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(entry.Name)))
            throw Fail(entry.Name, "has a different name in its local header", "expected the directory's name");
        // torch pads the extra field so that the data is aligned to 64 bytes.
        long start = entry.HeaderOffset + LocalLength + name.Length + UInt16(header, 28);
        if (start > entry.Limit || entry.Length > entry.Limit - start)
            throw Fail(entry.Name, $"has {entry.Length} bytes from byte {start}", $"expected it to end before byte {entry.Limit}, where the next part starts");
        return start;
    }

    private (long Offset, long Length, ulong Count) FindDirectory()
    {
        long endOffset = FindEnd();
        Span<byte> end = stackalloc byte[EndLength];
        _source.Read(endOffset, end, entry: null);
        if (UInt16(end, 4) != 0 || UInt16(end, 6) != 0) throw Fail("is one of several volumes", "expected a single zip archive");
        ulong count = UInt16(end, 10), length = UInt32(end, 12), offset = UInt32(end, 16);
        long directoryEnd = endOffset;

        Span<byte> locator = stackalloc byte[Zip64LocatorLength];
        if (endOffset >= Zip64LocatorLength) _source.Read(endOffset - Zip64LocatorLength, locator, entry: null);
        if (UInt32(locator, 0) == Zip64LocatorSignature)
        {
            ulong zip64Offset = UInt64(locator, 8);
            if (zip64Offset > (ulong)(endOffset - Zip64LocatorLength))
                throw Fail($"has its zip64 record at byte {zip64Offset}", $"expected it before its locator; the file has {_source.Length} bytes");
            Span<byte> zip64 = stackalloc byte[Zip64EndLength];
            _source.Read((long)zip64Offset, zip64, entry: null);
            if (UInt32(zip64, 0) != Zip64EndSignature) throw Fail("has no zip64 record at its locator's offset", "expected one");
            (count, length, offset, directoryEnd) = (UInt64(zip64, 32), UInt64(zip64, 40), UInt64(zip64, 48), (long)zip64Offset);
        }
        if (offset > (ulong)directoryEnd || length > (ulong)directoryEnd - offset)
            throw Fail($"has a directory of {length} bytes at byte {offset}", $"expected it to end before byte {directoryEnd}");
        return ((long)offset, (long)length, count);
    }

    /// <summary>Finds the end record: the last thing in the file except for a comment, whose length it gives.</summary>
    private long FindEnd()
    {
        byte[] tail = new byte[(int)Math.Min(_source.Length, EndLength + ushort.MaxValue)];
        _source.Read(_source.Length - tail.Length, tail, entry: null);
        for (int at = tail.Length - EndLength; at >= 0; at--)
        {
            if (UInt32(tail, at) == EndSignature && UInt16(tail, at + 20) == tail.Length - at - EndLength) return _source.Length - tail.Length + at;
        }
        throw Fail("is a zip archive without an end record", "expected a complete file; the download was probably cut short");
    }

    private List<ZipEntry> ReadEntries(ReadOnlySpan<byte> directory, ulong count)
    {
        List<ZipEntry> entries = [];
        for (ulong i = 0; i < count; i++)
        {
            if (directory.Length < CentralLength || UInt32(directory, 0) != CentralSignature)
                throw Fail($"has a directory that ends at entry {i}", $"expected {count} entries");
            int nameLength = UInt16(directory, 28), extraLength = UInt16(directory, 30), commentLength = UInt16(directory, 32);
            int length = CentralLength + nameLength + extraLength + commentLength;
            if (directory.Length < length) throw Fail($"has a directory that ends inside entry {i}", $"expected {count} entries");
            string name = Encoding.UTF8.GetString(directory.Slice(CentralLength, nameLength));
            ZipEntry entry = ReadEntry(name, directory[..CentralLength], directory.Slice(CentralLength + nameLength, extraLength));
            if (!_entries.TryAdd(name, entry)) throw Fail(name, "occurs twice", "expected every name once");
            entries.Add(entry);
            directory = directory[length..];
        }
        return entries;
    }

    private ZipEntry ReadEntry(string name, ReadOnlySpan<byte> header, ReadOnlySpan<byte> extra)
    {
        CheckName(name);
        ushort method = UInt16(header, 10);
        bool isCompressed = IsCompressed(name, flags: UInt16(header, 8), method);
        ulong packed = UInt32(header, 20), length = UInt32(header, 24), offset = UInt32(header, 42);
        if (packed == uint.MaxValue || length == uint.MaxValue || offset == uint.MaxValue)
            ReadZip64Extra(name, extra, ref length, ref packed, ref offset);
        if (isCompressed) length = packed;
        if (packed != length) throw Fail(name, $"stores {length} bytes in {packed}", "expected equal lengths, since the entry is uncompressed");
        if (offset > (ulong)_source.Length || length > (ulong)_source.Length - offset)
            throw Fail(name, $"has {length} bytes from byte {offset}", $"the file has {_source.Length}");
        if (isCompressed) _compressed ??= (name, method);
        return new ZipEntry(name, (long)length, (long)offset);
    }

    /// <summary>Reads extra field 1, which holds, in this order, whichever of length, packed length and offset are all ones in the header.</summary>
    private void ReadZip64Extra(string name, ReadOnlySpan<byte> extra, ref ulong length, ref ulong packed, ref ulong offset)
    {
        for (; extra.Length >= 4; extra = extra[(4 + UInt16(extra, 2))..])
        {
            int size = UInt16(extra, 2);
            if (size > extra.Length - 4) break;
            if (UInt16(extra, 0) != Zip64Extra) continue;
            ReadOnlySpan<byte> fields = extra.Slice(4, size);
            if (Widen(ref length, ref fields) && Widen(ref packed, ref fields) && Widen(ref offset, ref fields)) return;
            break;
        }
        throw Fail(name, "has sizes beyond 32 bits without a zip64 field", "expected one");
    }

    private static bool Widen(ref ulong value, ref ReadOnlySpan<byte> fields)
    {
        if (value != uint.MaxValue) return true;
        if (fields.Length < sizeof(ulong)) return false;
        value = UInt64(fields, 0);
        fields = fields[sizeof(ulong)..];
        return true;
    }

    private void CheckName(string name)
    {
        bool hasDrive = name.Length > 1 && char.IsAsciiLetter(name[0]) && name[1] == ':';
        bool escapes = name.Length == 0 || name[0] == '/' || hasDrive || name.AsSpan().ContainsAny('\\', '\0') || name.Split('/').Contains("..");
        if (escapes) throw Fail(name, "has a name that leads out of the archive", "expected a relative name without '..'");
    }

    private bool IsCompressed(string name, ushort flags, ushort method) => (flags & 0x2041) == 0 // bits 0, 6, 13
        ? method != 0
        : throw Fail(name, "is encrypted", "expected an unencrypted entry, as torch.save writes it");

    private CheckpointException Compressed(string name, ushort method) => name.Split('/') is [_, "code", ..]
        ? TorchZip.IsTorchScript(_source) // only its code is compressed
        : Fail(name, $"is compressed (method {method})", "expected an uncompressed entry, as torch.save writes it");

    /// <summary>Sets each entry's limit so that entries cannot overlap.</summary>
    private void SetLimits(List<ZipEntry> entries, long directoryOffset)
    {
        entries.Sort((a, b) => b.HeaderOffset.CompareTo(a.HeaderOffset));
        long limit = directoryOffset;
        foreach (ZipEntry entry in entries)
        {
            if (entry.HeaderOffset >= limit)
                throw Fail(entry.Name, $"starts at byte {entry.HeaderOffset}", $"expected it before byte {limit}, where another entry or the directory starts");
            _entries[entry.Name] = entry with { Limit = limit };
            limit = entry.HeaderOffset;
        }
    }

    private CheckpointException Fail(string found, string expected) => new(_source.Name, null, found, expected);

    private CheckpointException Fail(string entry, string found, string expected) => new(_source.Name, entry, found, expected);

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static ulong UInt64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
}
