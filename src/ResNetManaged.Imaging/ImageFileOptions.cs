using ResNetManaged.Preprocessing;

namespace ResNetManaged.Imaging;

/// <summary>Limits and settings for reading image files.</summary>
public sealed class ImageFileOptions
{
    /// <summary>
    /// The largest width times height to decode; larger images are rejected from their header. Default: 178,956,970 pixels, the same as PIL's limit
    /// (twice its <c>MAX_IMAGE_PIXELS</c>).
    /// </summary>
    public long PixelCap { get; init; } = RgbImage.DefaultPixelCap;

    /// <summary>
    /// Whether to turn images upright as the EXIF orientation of JPEG and PNG files says, like PIL's <c>ImageOps.exif_transpose</c>. Default: false, as in
    /// torchvision's loaders.
    /// </summary>
    public bool Upright { get; init; }
}
