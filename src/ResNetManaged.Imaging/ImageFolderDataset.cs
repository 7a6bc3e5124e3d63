using System.Globalization;
using ResNetManaged.Datasets;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Imaging;

/// <summary>A folder with one subfolder per class, which holds the class's images at any depth: torchvision's <c>ImageFolder</c>.</summary>
/// <remarks>Classes are in the ordinal order of the subfolders' names. Images are decoded on each load.</remarks>
internal sealed class ImageFolderDataset : ImageDataset
{
    private readonly List<(string Path, int Label)> _images = [];
    private readonly string[] _classNames;
    private readonly ImageFileOptions? _options;

    /// <summary>Lists the classes and their image files.</summary>
    /// <param name="folder">The folder that contains the class folders.</param>
    /// <param name="options">Limits for decoding; null for the defaults.</param>
    /// <exception cref="DatasetException">There are no classes, or a class has no images.</exception>
    /// <exception cref="IOException">A folder is missing or cannot be read.</exception>
    public ImageFolderDataset(string folder, ImageFileOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Name = folder;
        _options = options;
        EnumerationOptions visible = new() { IgnoreInaccessible = false, AttributesToSkip = FileAttributes.Hidden };
        string[] classes = [.. Directory.EnumerateDirectories(folder, "*", visible)];
        Array.Sort(classes, StringComparer.Ordinal);
        if (classes.Length == 0) throw new DatasetException(folder, "has no folders", "expected one folder of images per class");
        _classNames = Array.ConvertAll(classes, Path.GetFileName)!;
        for (int label = 0; label < classes.Length; label++)
        {
            IReadOnlyList<string> files = ImageFolder.FindFiles(classes[label]);
            if (files.Count == 0)
            {
                throw new DatasetException(classes[label], "has no images",
                    "expected at least one JPEG, PNG, BMP or GIF file of the class");
            }
            foreach (string file in files) _images.Add((file, label));
        }
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override int Count => _images.Count;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames => _classNames;

    /// <inheritdoc/>
    public override int LabelOf(int index) => _images[index].Label;

    /// <summary>The path of an image's file.</summary>
    /// <param name="index">The image, from 0 to <see cref="Count"/> - 1.</param>
    /// <returns>The path.</returns>
    public override string NameOf(int index) => _images[index].Path;

    /// <inheritdoc/>
    public override string VersionOf(int index)
    {
        FileInfo file = new(_images[index].Path);
        return string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc.Ticks}");
    }

    /// <inheritdoc/>
    /// <exception cref="ImageException">The file cannot be read, or is damaged, truncated, too large, or in an unsupported format.</exception>
    public override RgbImage Load(int index) => ImageFile.Load(_images[index].Path, _options);
}
