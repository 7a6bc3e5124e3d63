namespace ResNetManaged.Serialization;

/// <summary>The bytes of a checkpoint, read at any offset; every reader below works on this and never on a whole file in memory.</summary>
/// <remarks>Several threads may read at once.</remarks>
internal abstract class ByteSource(string name)
{
    /// <summary>The file's path or the stream's name, for messages.</summary>
    public string Name { get; } = name;

    public abstract long Length { get; }

    /// <summary>Asks that the bytes can be read for as long as somebody refers to the source; false where they are gone after loading.</summary>
    public virtual bool KeepOpen() => false;

    /// <summary>Fills the span from an offset; the span of what is asked for may be of any size.</summary>
    /// <param name="offset">In bytes from the start.</param>
    /// <param name="destination">Filled completely.</param>
    /// <param name="entry">What is being read, for the message.</param>
    /// <exception cref="CheckpointException">The bytes lie outside the source.</exception>
    public void Read(long offset, Span<byte> destination, string? entry)
    {
        CheckRange(offset, destination.Length, entry);
        ReadCore(offset, destination, entry);
    }

    /// <summary>Throws when a range, as a file claims it, is not inside the source; checked before anything is allocated for it.</summary>
    public void CheckRange(long offset, long length, string? entry)
    {
        if (offset < 0 || length < 0 || offset > Length || length > Length - offset)
            throw Truncated(entry, $"{length} bytes from byte {offset} on were expected");
    }

    protected CheckpointException Truncated(string? entry, string expected) =>
        new(Name, entry, entry is null ? $"ends at byte {Length}" : $"goes beyond the end at byte {Length}", expected);

    protected CheckpointException Shrunk(string? entry) => Truncated(entry, "it became shorter while it was read");

    protected abstract void ReadCore(long offset, Span<byte> destination, string? entry);
}

/// <summary>A seekable stream, from where it stands to its end.</summary>
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

/// <summary>What a stream that cannot seek (standard input, gzip) delivered, kept in pieces: it grows with what arrives, nothing is copied.</summary>
internal sealed class BufferedSource : ByteSource
{
    /// <summary>Larger than any ResNet's checkpoint by far; an endless pipe stops here.</summary>
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
                throw new CheckpointException(name, null, $"brings more than {maxLength} bytes",
                    "expected fewer from a pipe or a gzipped file of this length; what is larger is read plain, from a file");
            if (got < PieceLength) Array.Resize(ref piece, got);
            _pieces.Add(piece);
            if (_length == 0 && !accept(piece.AsSpan(0, got))) return;
        }
    }

    public override long Length => _length;

    /// <summary>Reads a stream to its end, or only its first piece when <paramref name="accept"/> does not know its beginning.</summary>
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
