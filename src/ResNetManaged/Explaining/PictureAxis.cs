using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Explaining;

/// <summary>Where the network's input window lies along one axis of a picture: the inverse of <see cref="ImagePreset"/>.</summary>
/// <param name="Picture">The picture's length in pixels.</param>
/// <param name="Resized">The resized picture's length in pixels.</param>
/// <param name="Offset">Where the window starts in the resized picture; negative where the picture was padded.</param>
/// <param name="Window">The window's length in pixels.</param>
internal readonly record struct PictureAxis(int Picture, int Resized, int Offset, int Window)
{
    /// <summary>Both axes of a picture that a preset is applied to.</summary>
    public static (PictureAxis Vertical, PictureAxis Horizontal) Of(RgbImage picture, ImagePreset preset)
    {
        Size2D resized = preset.ResizedSize(picture.Width, picture.Height);
        return (Side(picture.Height, resized.Height, preset.Crop.Height), Side(picture.Width, resized.Width, preset.Crop.Width));
    }

    /// <summary>An axis along which the picture is the window itself.</summary>
    public static PictureAxis OfWindow(int size) => new(size, size, 0, size);

    /// <summary>For each pixel of the picture, the two cells of a map between whose centers it lies; the cells divide the window evenly.</summary>
    /// <remarks>
    /// Values are constant between the outermost cell centers and the window's border. If the picture is the window, this is PyTorch's
    /// <c>interpolate(mode="bilinear", align_corners=False)</c>.
    /// </remarks>
    public CellPair[] Between(int cells)
    {
        CellPair[] pairs = new CellPair[Picture];
        for (int i = 0; i < Picture; i++)
        {
            double inWindow = (i + 0.5) * Resized / Picture - Offset;
            double cell = Math.Clamp(inWindow * cells / Window - 0.5, 0, cells - 1);
            int first = (int)cell;
            pairs[i] = new CellPair(inWindow >= 0 && inWindow < Window, first, Math.Min(first + 1, cells - 1), (float)(cell - first));
        }
        return pairs;
    }

    private static PictureAxis Side(int picture, int resized, int crop) => new(picture, resized, CenterCrop.Offset(resized, crop), crop);
}

/// <summary>Two neighboring cells of a map and the weight of the second; pixels outside the window have no heat.</summary>
internal readonly record struct CellPair(bool InWindow, int First, int Second, float Share);
