using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Imaging;

/// <summary>An image that is decoded when its turn comes: an archive's entry, a database row, a file that another library decodes.</summary>
public sealed class ImageSource
{
    private readonly Func<ImagePreset, Tensor>? _loadInput;

    /// <summary>Creates the source.</summary>
    /// <param name="name">The image's name in results and messages, such as a path.</param>
    /// <param name="load">Decodes the image; called once, on a thread-pool thread. An exception it throws becomes the image's error.</param>
    public ImageSource(string name, Func<RgbImage> load)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(load);
        (Name, Load) = (name, load);
    }

    private ImageSource(string name, Func<RgbImage> load, Func<ImagePreset, Tensor> loadInput) : this(name, load) => _loadInput = loadInput;

    /// <summary>The image's name in results and messages.</summary>
    public string Name { get; }

    /// <summary>Decodes the image.</summary>
    public Func<RgbImage> Load { get; }

    /// <summary>Creates a source for an image file.</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <returns>The source; it calls <see cref="ImageFile.Load(string, ImageFileOptions?)"/>, or decodes only what a network's input needs.</returns>
    public static ImageSource File(string path, ImageFileOptions? options = null) =>
        new(path, () => ImageFile.Load(path, options), preset => ImageFile.LoadInput(path, preset, options));

    /// <summary>Creates a source for an encoded image file in memory.</summary>
    internal static ImageSource Encoded(string name, byte[] content, ImageFileOptions? options = null) =>
        new(name, () => ImageFile.Decode(content, name, options), preset => ImageFile.LoadInput(content, name, preset, options));

    /// <summary>Loads the image as a network's input.</summary>
    internal Tensor LoadInput(ImagePreset preset) => _loadInput is null ? preset.Apply(Load()) : _loadInput(preset);
}
