using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using ResNetManaged.Datasets;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Imaging;

/// <summary>A tar file, optionally gzipped, with one folder per class: an <see cref="ImageFolderDataset"/> that need not be unpacked.</summary>
/// <remarks>
/// The image files stay encoded in memory and are decoded on each load. Folders that contain all images, such as <c>train/</c> above the classes, are
/// ignored. Classes and images are in ordinal order.
/// </remarks>
internal sealed class ImageArchiveDataset : ImageDataset
{
    private const long MaxBytes = 1L << 31; // of image files in memory

    private static readonly string[] Extensions = [".tar", ".tar.gz", ".tgz"];

    private readonly List<(string Path, byte[] Content, int Label)> _images = [];
    private readonly string[] _classNames;
    private readonly ImageFileOptions? _options;

    private ImageArchiveDataset(string name, List<(string Path, byte[] Content)> files, ImageFileOptions? options)
    {
        Name = name;
        _options = options;
        files.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        int shared = SharedLength(files);
        string[] classes = [.. files.Select(file => ClassOf(file.Path))];
        _classNames = [.. classes.Distinct().Order(StringComparer.Ordinal)];
        for (int i = 0; i < files.Count; i++)
            _images.Add((files[i].Path, files[i].Content, Array.BinarySearch(_classNames, classes[i], StringComparer.Ordinal)));

        string ClassOf(string path)
        {
            int slash = path.IndexOf('/', shared);
            return slash > 0 ? path[shared..slash]
                : throw new DatasetException(name, $"has '{path}' outside of any class's folder", "expected one folder of images per class");
        }
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override int Count => _images.Count;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames => _classNames;

    /// <summary>Whether a path has an archive's extension: <c>.tar</c>, <c>.tar.gz</c> or <c>.tgz</c>.</summary>
    public static bool IsArchive(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Array.Exists(Extensions, extension => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Reads an archive.</summary>
    /// <param name="path">The file; gzip is detected from the content.</param>
    /// <param name="options">Limits for decoding; null for the defaults.</param>
    /// <returns>The dataset.</returns>
    /// <exception cref="DatasetException">
    /// The archive is damaged, has no images or more than 2 GiB of them, or has an image outside the class folders.
    /// </exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static ImageArchiveDataset Load(string path, ImageFileOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            bool isGzip = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            using Stream content = isGzip ? new GZipStream(file, CompressionMode.Decompress) : file;
            List<(string, byte[])> files = ReadFiles(content, path);
            return files.Count > 0
                ? new ImageArchiveDataset(path, files, options)
                : throw new DatasetException(path, "has no images", "expected one folder of JPEG, PNG, BMP or GIF files per class");
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw new DatasetException(path, "is damaged", "expected a complete .tar or .tar.gz file", exception);
        }
    }

    /// <inheritdoc/>
    public override int LabelOf(int index) => _images[index].Label;

    /// <inheritdoc/>
    public override string NameOf(int index) => $"{Name}/{_images[index].Path}";

    /// <inheritdoc/>
    public override string VersionOf(int index) => Convert.ToHexString(SHA256.HashData(_images[index].Content)) + (_options is { Upright: true } ? " upright" : "");

    /// <inheritdoc/>
    /// <exception cref="ImageException">The image is damaged, truncated, too large, or in an unsupported format.</exception>
    public override RgbImage Load(int index) => ImageFile.Decode(_images[index].Content, NameOf(index), _options);

    private static List<(string, byte[])> ReadFiles(Stream content, string path)
    {
        List<(string, byte[])> files = [];
        long total = 0;
        using TarReader reader = new(content, leaveOpen: true);
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is not { } data || !IsVisibleImage(entry.Name)) continue;
            total += data.Length;
            if (total > MaxBytes) throw new DatasetException(path, $"has more than {MaxBytes} bytes of images", "expected fewer; unpack it and pass the folder");
            using MemoryStream file = new(); // grows with the actual data, not with a header's claim
            data.CopyTo(file);
            files.Add((Normalized(entry.Name), file.ToArray()));
        }
        return files;
    }

    private static bool IsVisibleImage(string name) => ImageFolder.IsImage(name) && !Normalized(name).Split('/').Any(part => part.StartsWith('.'));

    private static string Normalized(string name) => name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;

    /// <summary>The length of the path prefix above the class folders: the folders that every image shares and that contain further folders.</summary>
    private static int SharedLength(List<(string Path, byte[] Content)> sorted)
    {
        int length = 0;
        while (true)
        {
            int slash = sorted[0].Path.IndexOf('/', length);
            if (slash < 0) return length;
            string prefix = sorted[0].Path[..(slash + 1)];
            if (!sorted.TrueForAll(file => file.Path.StartsWith(prefix, StringComparison.Ordinal) && file.Path.IndexOf('/', prefix.Length) > 0)) return length;
            length = prefix.Length;
        }
    }
}
