using ResNetManaged.Preprocessing;

namespace ResNetManaged.Imaging;

/// <summary>Limits for reading image files.</summary>
public sealed class ImageFileOptions
{
    /// <summary>
    /// The largest width times height to decode; larger images are rejected from their header. Default: 178,956,970 pixels, the same as PIL's limit
    /// (twice its <c>MAX_IMAGE_PIXELS</c>).
    /// </summary>
    public long PixelCap { get; init; } = RgbImage.DefaultPixelCap;
}
