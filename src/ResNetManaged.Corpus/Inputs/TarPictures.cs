using System.Formats.Tar;
using System.IO.Compression;
using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Corpus.Inputs;

/// <summary>A shard that is a tar file, optionally gzipped, read once from front to back.</summary>
/// <remarks>
/// As in webdataset, consecutive files whose names are equal up to the first dot after the last slash form a sample. Every picture of it is an item; its
/// small text files are companions. Hidden files are ignored.
/// </remarks>
/// <param name="shard">The shard's number.</param>
/// <param name="path">The file.</param>
/// <param name="bytes">Its planned size.</param>
/// <param name="count">The planned number of pictures; null if they were not counted.</param>
internal sealed class TarPictures(int shard, string path, long bytes, long? count) : ShardInput
{
    private const int BlockLength = 512; // an archive ends with two blocks of zeros
    private const long MostPictureBytes = 1L << 30, MostCompanionBytes = 1 << 20;

    private static readonly string[] Extensions = [".tar", ".tar.gz", ".tgz"];
    private static readonly string[] CompanionExtensions = ["txt", "cls", "json"];

    private long _others;

    /// <inheritdoc/>
    public override long? Count => count;

    /// <inheritdoc/>
    public override long Others => _others;

    /// <summary>Whether a file's name says that it is a tar file.</summary>
    public static bool IsNamed(string path) => Array.Exists(Extensions, extension => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase));

    /// <inheritdoc/>
    public override string FullName(string name) => $"{path}/{name}";

    /// <inheritdoc/>
    public override IEnumerable<CorpusItem> Read(ImageFileOptions reading)
    {
        _others = 0;
        FileInfo file = new(path);
        if (!file.Exists) throw new ShardException(shard, $"there is no file '{path}'");
        if (file.Length != bytes) throw new ShardException(shard, $"'{path}' has {file.Length} bytes; it had {bytes} when the corpus was planned; plan it again");
        long found = 0;
        foreach (CorpusItem item in Samples(reading))
        {
            found++;
            yield return item;
        }
        if (count is not null && found != count)
            throw new ShardException(shard, $"'{path}' has {found} pictures; it had {count} when the corpus was planned; plan it again");
    }

    /// <summary>Counts the pictures without reading them.</summary>
    public long CountPictures() => Entries().LongCount(entry => IsPicture(entry.Name));

    private IEnumerable<CorpusItem> Samples(ImageFileOptions reading)
    {
        string? key = null;
        List<(string Name, ImageSource Source)> pictures = [];
        List<Companion> companions = [];
        foreach (TarEntry entry in Entries())
        {
            string name = Normalized(entry.Name), next = KeyOf(name);
            if (next != key)
            {
                foreach ((string picture, ImageSource source) in pictures) yield return new CorpusItem(picture, source, companions);
                (key, pictures, companions) = (next, [], []);
            }
            if (IsPicture(name)) pictures.Add((name, SourceOf(entry, name, reading)));
            else if (CompanionExtensions.Contains(ExtensionOf(name)) && entry.Length <= MostCompanionBytes) companions.Add(new Companion(ExtensionOf(name), Content(entry)));
            else _others++;
        }
        foreach ((string picture, ImageSource source) in pictures) yield return new CorpusItem(picture, source, companions);
    }

    private ImageSource SourceOf(TarEntry entry, string name, ImageFileOptions reading) => entry.Length <= MostPictureBytes
        ? ImageSource.Encoded(name, Content(entry), reading)
        : new ImageSource(name, () => throw new ImageException(name, $"it has {entry.Length} bytes; at most {MostPictureBytes} are read", null, ImageFailure.TooLarge));

    /// <summary>The files of the archive that are not hidden, in order.</summary>
    private IEnumerable<TarEntry> Entries()
    {
        using FileStream file = Guarded(() => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16));
        bool isGzip = Guarded(() => file.ReadByte() == 0x1F && file.ReadByte() == 0x8B);
        if (!isGzip) Guarded(() => RequireEnd(file));
        file.Position = 0;
        using Stream content = isGzip ? new GZipStream(file, CompressionMode.Decompress) : file;
        using TarReader reader = new(content, leaveOpen: true);
        while (Guarded(() => reader.GetNextEntry()) is { } entry)
        {
            bool isFile = entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile;
            if (isFile && !Normalized(entry.Name).Split('/').Any(part => part.StartsWith('.'))) yield return entry;
        }
    }

    /// <summary>Detects a file that was cut between two entries, of which a reader would only see fewer.</summary>
    private static bool RequireEnd(FileStream file)
    {
        byte[] last = new byte[BlockLength];
        if (file.Length < BlockLength) throw new EndOfStreamException();
        file.Position = file.Length - BlockLength;
        file.ReadExactly(last);
        return last.AsSpan().ContainsAnyExcept((byte)0) ? throw new EndOfStreamException() : true;
    }

    private byte[] Content(TarEntry entry) => Guarded(() =>
    {
        using MemoryStream content = new(); // grows with the actual data, not with a header's claim
        entry.DataStream?.CopyTo(content);
        return content.Length == entry.Length ? content.ToArray() : throw new EndOfStreamException();
    });

    /// <summary>Turns what a damaged archive causes into the shard's error.</summary>
    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or IOException or UnauthorizedAccessException
            or FormatException or ArgumentException or OverflowException or InvalidOperationException)
        {
            throw exception as ShardException ?? new ShardException(shard,
                exception is IOException and not EndOfStreamException or UnauthorizedAccessException
                    ? $"'{path}' cannot be read: {exception.Message.TrimEnd('.')}" : $"'{path}' is damaged; expected a complete tar file", exception);
        }
    }

    private static bool IsPicture(string name) => ImageFolder.IsImage(name) || OtherFormat.IsNamed(name);

    private static string Normalized(string name) => name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;

    private static string KeyOf(string name) => name.IndexOf('.', name.LastIndexOf('/') + 1) is int dot and >= 0 ? name[..dot] : name;

    private static string ExtensionOf(string name) => name[(name.LastIndexOf('.') + 1)..].ToLowerInvariant();
}
