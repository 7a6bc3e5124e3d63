using System.Globalization;
using ResNetManaged.Datasets;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Imaging;

/// <summary>A folder for each class, with the class's images in it and in the folders below: torchvision's <c>ImageFolder</c>.</summary>
/// <remarks>Classes are numbered in ordinal order of their folders' names. Images are decoded when they are loaded.</remarks>
public sealed class ImageFolderDataset : ImageDataset
{
    private readonly List<(string Path, int Label)> _images = [];
    private readonly string[] _classNames;
    private readonly ImageFileOptions? _options;

    /// <summary>Lists the classes and their image files.</summary>
    /// <param name="folder">The folder that the classes' folders are in.</param>
    /// <param name="options">Limits for decoding; null for the defaults.</param>
    /// <exception cref="DatasetException">There is no class, or one without images.</exception>
    /// <exception cref="IOException">A folder is missing or cannot be read.</exception>
    public ImageFolderDataset(string folder, ImageFileOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Name = folder;
        _options = options;
        EnumerationOptions visible = new() { IgnoreInaccessible = false, AttributesToSkip = FileAttributes.Hidden };
        string[] classes = [.. Directory.EnumerateDirectories(folder, "*", visible)];
        Array.Sort(classes, StringComparer.Ordinal);
        if (classes.Length == 0) throw new DatasetException(folder, "has no folders in it", "expected one folder of images for each class");
        _classNames = Array.ConvertAll(classes, Path.GetFileName)!;
        for (int label = 0; label < classes.Length; label++)
        {
            IReadOnlyList<string> files = ImageFolder.FindFiles(classes[label]);
            if (files.Count == 0)
            {
                throw new DatasetException(classes[label], "has no image",
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
    /// <param name="index">From 0 up to <see cref="Count"/>.</param>
    /// <returns>The path.</returns>
    public override string NameOf(int index) => _images[index].Path;

    /// <inheritdoc/>
    public override string VersionOf(int index)
    {
        FileInfo file = new(_images[index].Path);
        return string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc.Ticks}");
    }

    /// <inheritdoc/>
    /// <exception cref="ImageException">The file cannot be read, or is damaged, cut short, too large or of another kind.</exception>
    public override RgbImage Load(int index) => ImageFile.Load(_images[index].Path, _options);
}
