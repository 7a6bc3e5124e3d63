using System.Globalization;
using ResNetManaged.Datasets;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Imaging;

/// <summary>A folder with one subfolder per class, which holds the class's images at any depth: torchvision's <c>ImageFolder</c>.</summary>
/// <remarks>Classes are in the ordinal order of the subfolders' names. Images are decoded on each load.</remarks>
internal sealed class ImageFolderDataset : ImageDataset
{
    /// <summary>Usual names of a dataset's parts.</summary>
    private static readonly string[] PartNames = ["train", "training", "val", "valid", "validation", "dev", "test", "testing"];

    private readonly List<(string Path, int Label)> _images = [];
    private readonly string[] _classNames;
    private readonly List<string> _others = [];
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
            IReadOnlyList<string> files = ImageFolder.FindFiles(classes[label]), others = ImageFolder.FindOthers(classes[label]);
            _others.AddRange(others);
            if (files.Count == 0)
            {
                throw new DatasetException(classes[label], others.Count == 0 ? "has no images" : $"has only images in formats that are not read, such as '{others[0]}'",
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
    internal override IReadOnlyList<string> Notes
    {
        get
        {
            List<string> notes = [];
            if (_classNames.All(name => PartNames.Contains(name, StringComparer.OrdinalIgnoreCase)))
            {
                notes.Add($"'{Name}' has the folders {string.Join(", ", _classNames.Select(name => $"'{name}'"))}, which are taken for classes; "
                    + $"if they are parts of a dataset, pass one of them, such as '{Path.Combine(Name, Array.Find(_classNames, IsTraining) ?? _classNames[0])}'");
            }
            if (ImageFolder.DescribeOthers(_others) is string others) notes.Add($"'{Name}': {others}");
            return notes;
        }
    }

    private static bool IsTraining(string name) => name.StartsWith("train", StringComparison.OrdinalIgnoreCase);

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
        return string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc.Ticks}{(_options is { Upright: true } ? " upright" : "")}");
    }

    /// <inheritdoc/>
    /// <exception cref="ImageException">The file cannot be read, or is damaged, truncated, too large, or in an unsupported format.</exception>
    public override RgbImage Load(int index) => ImageFile.Load(_images[index].Path, _options);

    internal override Tensor LoadInput(int index, ImagePreset preset) => ImageFile.LoadInput(_images[index].Path, preset, _options);
}
