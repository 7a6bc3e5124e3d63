using ResNetManaged.Preprocessing;

namespace ResNetManaged.Imaging;

/// <summary>Limits for reading image files.</summary>
public sealed record ImageFileOptions
{
    /// <summary>The largest width times height that is decoded; larger images are refused by their header. Default: PIL's limit.</summary>
    public long PixelCap { get; init; } = RgbImage.DefaultPixelCap;
}
