using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Explaining;

/// <summary>Where the network's input window lies along one side of a picture: what <see cref="ImagePreset"/> did, undone.</summary>
/// <param name="Picture">Pixels of the picture.</param>
/// <param name="Resized">Pixels after resizing.</param>
/// <param name="Offset">Where the window begins in these; negative where the picture was padded.</param>
/// <param name="Window">Pixels of the window.</param>
internal readonly record struct PictureAxis(int Picture, int Resized, int Offset, int Window)
{
    /// <summary>Both sides of a picture that a preset is applied to.</summary>
    public static (PictureAxis Vertical, PictureAxis Horizontal) Of(RgbImage picture, ImagePreset preset)
    {
        Size2D resized = preset.ResizedSize(picture.Width, picture.Height);
        return (Side(picture.Height, resized.Height, preset.Crop.Height), Side(picture.Width, resized.Width, preset.Crop.Width));
    }

    /// <summary>The window itself as the picture.</summary>
    public static PictureAxis OfWindow(int size) => new(size, size, 0, size);

    /// <summary>For each pixel of the picture, between which two of a map's cells, that cover the window evenly, its centre lies.</summary>
    /// <remarks>
    /// Cells have their values at their centres and keep them to the window's border: PyTorch's <c>interpolate(mode="bilinear", align_corners=False)</c> where the
    /// picture is the window.
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

/// <summary>Two neighbouring cells of a map, and the share of the second; outside of the window there is nothing between them.</summary>
internal readonly record struct CellPair(bool InWindow, int First, int Second, float Share);
