namespace ResNetManaged.Serialization;

/// <summary>The bytes of a checkpoint, readable at any offset, so that readers never need the whole file in memory.</summary>
/// <remarks>Thread-safe.</remarks>
internal abstract class ByteSource(string name)
{
    /// <summary>The file's path or the stream's name, for messages.</summary>
    public string Name { get; } = name;

    public abstract long Length { get; }

    /// <summary>Asks the source to stay readable for as long as it is referenced; returns false if it cannot be read after loading.</summary>
    public virtual bool KeepOpen() => false;

    /// <summary>Fills a span of any length from an offset.</summary>
    /// <param name="offset">The offset from the start in bytes.</param>
    /// <param name="destination">The span to fill completely.</param>
    /// <param name="entry">The name of what is being read, for messages.</param>
    /// <exception cref="CheckpointException">The bytes lie outside the source.</exception>
    public void Read(long offset, Span<byte> destination, string? entry)
    {
        CheckRange(offset, destination.Length, entry);
        ReadCore(offset, destination, entry);
    }

    /// <summary>Reads a range into new memory.</summary>
    /// <param name="offset">The offset from the start in bytes.</param>
    /// <param name="length">The number of bytes.</param>
    /// <param name="entry">The name of what is being read, for messages.</param>
    /// <exception cref="CheckpointException">The bytes lie outside the source.</exception>
    public byte[] ReadBytes(long offset, int length, string? entry)
    {
        CheckRange(offset, length, entry);
        byte[] bytes = GC.AllocateUninitializedArray<byte>(length);
        ReadCore(offset, bytes, entry);
        return bytes;
    }

    /// <summary>Throws if a range that a file claims is outside the source; called before anything is allocated for it.</summary>
    public void CheckRange(long offset, long length, string? entry)
    {
        if (offset < 0 || length < 0 || offset > Length || length > Length - offset)
            throw Truncated(entry, $"expected {length} bytes from byte {offset}");
    }

    protected CheckpointException Truncated(string? entry, string expected) =>
        new(Name, entry, entry is null ? $"ends at byte {Length}" : $"extends past the end at byte {Length}", expected);

    protected CheckpointException Shrunk(string? entry) => Truncated(entry, "the file was truncated while it was being read");

    protected abstract void ReadCore(long offset, Span<byte> destination, string? entry);
}

/// <summary>A seekable stream, from its position to its end.</summary>
internal sealed class SeekableSource(Stream stream, string name) : ByteSource(name)
{
    private readonly long _start = stream.Position;

    public override long Length { get; } = stream.Length - stream.Position;

    protected override void ReadCore(long offset, Span<byte> destination, string? entry)
    {
        lock (stream)
        {
            stream.Position = _start + offset;
            int got = stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
            if (got < destination.Length) throw Shrunk(entry);
        }
    }
}

/// <summary>The content of a stream that cannot seek (standard input, gzip), buffered in pieces so that it grows without copying.</summary>
internal sealed class BufferedSource : ByteSource
{
    /// <summary>Far more than any ResNet's checkpoint; an endless pipe stops here.</summary>
    public const long MaxLength = 4L << 30;

    private const int PieceLength = 1 << 20;

    private readonly List<byte[]> _pieces = [];
    private readonly long _length;

    private BufferedSource(Stream stream, string name, long maxLength, Func<ReadOnlySpan<byte>, bool> accept) : base(name)
    {
        for (int got = PieceLength; got == PieceLength; _length += got)
        {
            byte[] piece = GC.AllocateUninitializedArray<byte>(PieceLength);
            got = stream.ReadAtLeast(piece, PieceLength, throwOnEndOfStream: false);
            if (_length + got > maxLength)
                throw new CheckpointException(name, null, $"has more than {maxLength} bytes",
                    "expected fewer from a pipe or a gzipped file of this length; read a larger checkpoint from an uncompressed file");
            if (got < PieceLength) Array.Resize(ref piece, got);
            _pieces.Add(piece);
            if (_length > 0 || accept(piece.AsSpan(0, got))) continue;
            _length = got;
            return;
        }
    }

    public override long Length => _length;

    /// <summary>Reads a stream to its end, or only its first piece if <paramref name="accept"/> rejects its start.</summary>
    public static BufferedSource ReadAll(Stream stream, string name, Func<ReadOnlySpan<byte>, bool> accept, long maxLength = MaxLength) =>
        new(stream, name, maxLength, accept);

    protected override void ReadCore(long offset, Span<byte> destination, string? entry)
    {
        while (destination.Length > 0)
        {
            ReadOnlySpan<byte> piece = _pieces[(int)(offset / PieceLength)].AsSpan((int)(offset % PieceLength));
            int taken = Math.Min(piece.Length, destination.Length);
            piece[..taken].CopyTo(destination);
            destination = destination[taken..];
            offset += taken;
        }
    }
}
