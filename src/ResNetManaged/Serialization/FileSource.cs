namespace ResNetManaged.Serialization;

/// <summary>A file, from where its stream stands to its end.</summary>
/// <remarks>
/// A deleted or replaced file is read as it was; one that is written to in place is refused, since old weights and new ones would mix.
/// </remarks>
internal sealed class FileSource : ByteSource
{
    private readonly FileStream _file; // the reference keeps the handle open
    private readonly long _start;
    private readonly DateTime? _written; // null for the caller's own stream
    private bool _keptOpen;

    /// <summary>Reads the caller's stream, which the caller may close after loading.</summary>
    public FileSource(FileStream file, string name) : base(name)
    {
        _file = file;
        _start = file.Position;
        Length = file.Length - _start;
    }

    /// <summary>Reads a file of our own, which may stay open.</summary>
    private FileSource(string path, FileStream file) : this(file, path) => _written = File.GetLastWriteTimeUtc(file.SafeFileHandle);

    public override long Length { get; }

    /// <summary>Opens a file, loads something from it, and closes it: now or, after <see cref="KeepOpen"/>, once nothing refers to it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="load">Reads it.</param>
    /// <param name="accept">Whether a pipe that begins so is worth reading.</param>
    public static T Load<T>(string path, Func<ByteSource, T> load, Func<ReadOnlySpan<byte>, bool> accept)
    {
        FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        bool keepOpen = false;
        try
        {
            ByteSource source = file.CanSeek ? new FileSource(path, file) : BufferedSource.ReadAll(file, path, accept);
            T loaded = load(source);
            keepOpen = source is FileSource { _keptOpen: true };
            return loaded;
        }
        finally
        {
            if (!keepOpen) file.Dispose();
        }
    }

    public override bool KeepOpen() => _keptOpen = _written is not null;

    protected override void ReadCore(long offset, Span<byte> destination, string? entry)
    {
        for (long position = _start + offset; destination.Length > 0;)
        {
            int got = RandomAccess.Read(_file.SafeFileHandle, destination, position);
            if (got == 0) throw Shrunk(entry);
            destination = destination[got..];
            position += got;
        }
        if (_written is not null && File.GetLastWriteTimeUtc(_file.SafeFileHandle) != _written)
        {
            throw new CheckpointException(Name, entry, "is in a file that was written to after it was opened",
                "expected one that stays as it is or is replaced as a whole; load it again");
        }
    }
}
