using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization;

/// <summary>A file, from its stream's position to its end.</summary>
/// <remarks>
/// A file that was deleted or replaced is read as it was. One that was written to in place is rejected, since old and new weights would mix.
/// </remarks>
internal sealed class FileSource : ByteSource
{
    private readonly FileStream _file; // the reference keeps the handle open
    private readonly long _start;
    private readonly DateTime? _written; // null for the caller's own stream
    private bool _keptOpen;

    /// <summary>Creates a source over the caller's stream, which the caller may close after loading.</summary>
    public FileSource(FileStream file, string name) : base(name)
    {
        _file = file;
        _start = file.Position;
        Length = file.Length - _start;
    }

    /// <summary>Creates a source over a file that this class opened and may keep open.</summary>
    private FileSource(string path, FileStream file) : this(file, path) => _written = File.GetLastWriteTimeUtc(file.SafeFileHandle);

    public override long Length { get; }

    /// <summary>Opens a file and loads from it. Closes it afterward or, if <see cref="KeepOpen"/> was called, once nothing refers to it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="load">Loads from the source.</param>
    /// <param name="accept">Whether a pipe that starts with these bytes is worth reading.</param>
    /// <exception cref="CheckpointException">The file is empty, a named pipe or a link to nothing.</exception>
    public static T Load<T>(string path, Func<ByteSource, T> load, Func<ReadOnlySpan<byte>, bool> accept)
    {
        FileStream file = OpenStream(path);
        bool keepOpen = false;
        try
        {
            ByteSource source = file is { CanSeek: true, Length: > 0 } ? new FileSource(path, file) : BufferedSource.ReadAll(file, path, accept); // a device can seek, but has no length
            T loaded = load(source);
            keepOpen = source is FileSource { _keptOpen: true };
            return loaded;
        }
        finally
        {
            if (!keepOpen) file.Dispose();
        }
    }

    /// <summary>Opens a file that stays open until nothing refers to the source any more.</summary>
    /// <exception cref="CheckpointException">The file is empty, a named pipe or a link to nothing.</exception>
    public static FileSource Open(string path) => new(path, OpenStream(path)) { _keptOpen = true };

    public override bool KeepOpen() => _keptOpen = _written is not null;

    private static FileStream OpenStream(string path) => FileKind.FaultOf(path) is string fault
        ? throw new CheckpointException(path, null, fault, FileKind.Expected)
        : new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);

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
                "expected a file that does not change or is replaced as a whole; load it again");
        }
    }
}
