using ResNetManaged.Preprocessing;

namespace ResNetManaged.Imaging;

/// <summary>An image that is decoded when its turn comes: an entry of an archive, a row of a database, what another library reads.</summary>
/// <param name="Name">What results and messages call it, such as a path.</param>
/// <param name="Load">Decodes it; called once, on a thread of the pool. What it throws is the image's failure.</param>
public readonly record struct ImageSource(string Name, Func<RgbImage> Load)
{
    /// <summary>An image file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <returns>The image, decoded by <see cref="ImageFile.Load(string, ImageFileOptions?)"/> when its turn comes.</returns>
    public static ImageSource File(string path, ImageFileOptions? options = null) => new(path, () => ImageFile.Load(path, options));
}
