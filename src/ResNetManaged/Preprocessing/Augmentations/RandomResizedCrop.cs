using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>Crops a window of random area and aspect ratio and resizes it: torchvision's <c>RandomResizedCrop</c>.</summary>
/// <remarks>
/// Szegedy et al. 2014 (arXiv:1409.4842), section 6. If none of ten random windows fits into the image, the largest centered window with a permitted
/// aspect ratio is used. Pixels equal those of PIL's crop and bilinear resize.
/// </remarks>
public sealed class RandomResizedCrop
{
    private const int Tries = 10;

    private readonly (double Min, double Max) _scale, _ratio;

    /// <summary>Creates the augmentation.</summary>
    /// <param name="scale">The range of the window's fraction of the image's area, drawn uniformly; null for 0.08 to 1.</param>
    /// <param name="ratio">The range of the window's width over its height, drawn log-uniformly; null for 3/4 to 4/3.</param>
    /// <exception cref="ArgumentOutOfRangeException">A range is out of order, or a fraction is outside 0 to 1.</exception>
    public RandomResizedCrop((double Min, double Max)? scale = null, (double Min, double Max)? ratio = null)
    {
        (_scale, _ratio) = (scale ?? (0.08, 1), ratio ?? (3.0 / 4, 4.0 / 3));
        AugmentationCheck.Scale(_scale, nameof(scale));
        AugmentationCheck.Ratio(_ratio, nameof(ratio));
    }

    /// <summary>Crops and resizes an image.</summary>
    /// <param name="image">The image; it is not modified.</param>
    /// <param name="size">The size of the result.</param>
    /// <param name="random">The random numbers of this image in this epoch.</param>
    /// <returns>A new image.</returns>
    internal RgbImage Apply(RgbImage image, Size2D size, PhiloxGenerator random)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(random);
        return image.Crop(DrawWindow(image.Width, image.Height, random)).Resize(size.Width, size.Height);
    }

    /// <summary>The settings: <c>RandomResizedCrop(scale=0.08..1, ratio=0.75..1.3333)</c>.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"RandomResizedCrop(scale={_scale.Min:0.####}..{_scale.Max:0.####}, ratio={_ratio.Min:0.####}..{_ratio.Max:0.####})");

    internal PixelWindow DrawWindow(int width, int height, PhiloxGenerator random)
    {
        for (int attempt = 0; attempt < Tries; attempt++)
        {
            Size2D window = AreaAndRatio.Draw((double)width * height, _scale, _ratio, random);
            if (window.Width >= 1 && window.Width <= width && window.Height >= 1 && window.Height <= height)
            {
                int top = random.NextInt32(height - window.Height + 1), left = random.NextInt32(width - window.Width + 1);
                return new PixelWindow(left, top, window.Width, window.Height);
            }
        }
        return Middle(width, height);
    }

    private PixelWindow Middle(int width, int height)
    {
        double ratio = (double)width / height;
        int windowWidth = ratio > _ratio.Max ? Math.Max((int)Math.Round(height * _ratio.Max), 1) : width;
        int windowHeight = ratio < _ratio.Min ? Math.Max((int)Math.Round(width / _ratio.Min), 1) : height;
        return new PixelWindow((width - windowWidth) / 2, (height - windowHeight) / 2, windowWidth, windowHeight);
    }
}
