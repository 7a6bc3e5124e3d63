using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>Changes brightness, contrast, saturation and hue by random amounts, in random order: torchvision's <c>ColorJitter</c>.</summary>
/// <remarks>Pixels equal those of torchvision 0.14 on uint8 tensors; torchvision's PIL path rounds differently.</remarks>
public sealed class ColorJitter : IImageAugmentation
{
    private readonly double _brightness, _contrast, _saturation, _hue;

    /// <summary>Creates the augmentation; an amount of 0 leaves that property unchanged.</summary>
    /// <param name="brightness">The factor is uniform in [max(0, 1 - brightness), 1 + brightness].</param>
    /// <param name="contrast">Like <paramref name="brightness"/>.</param>
    /// <param name="saturation">Like <paramref name="brightness"/>.</param>
    /// <param name="hue">The shift, in turns of the color wheel, is uniform in [-hue, hue]; at most 0.5.</param>
    /// <exception cref="ArgumentOutOfRangeException">An amount is negative or not finite, or the hue exceeds 0.5.</exception>
    public ColorJitter(double brightness = 0, double contrast = 0, double saturation = 0, double hue = 0)
    {
        AugmentationCheck.Amount(brightness, float.MaxValue);
        AugmentationCheck.Amount(contrast, float.MaxValue);
        AugmentationCheck.Amount(saturation, float.MaxValue);
        AugmentationCheck.Amount(hue, 0.5);
        (_brightness, _contrast, _saturation, _hue) = (brightness, contrast, saturation, hue);
    }

    /// <inheritdoc/>
    public void Apply(RgbImage image, PhiloxGenerator random)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(random);
        Span<int> order = [0, 1, 2, 3];
        random.Shuffle(order);
        double brightness = Factor(_brightness, random), contrast = Factor(_contrast, random), saturation = Factor(_saturation, random);
        double hue = random.NextDouble(-_hue, _hue);
        foreach (int change in order)
        {
            switch (change)
            {
                case 0: if (_brightness > 0) ColorAdjustment.Brightness(image.Pixels, brightness); break;
                case 1: if (_contrast > 0) ColorAdjustment.Contrast(image.Pixels, contrast); break;
                case 2: if (_saturation > 0) ColorAdjustment.Saturation(image.Pixels, saturation); break;
                default: if (_hue > 0) HueShift.Apply(image.Pixels, (float)hue); break;
            }
        }
    }

    /// <summary>The settings: <c>ColorJitter(brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)</c>.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"ColorJitter(brightness={_brightness}, contrast={_contrast}, saturation={_saturation}, hue={_hue})");

    private static double Factor(double amount, PhiloxGenerator random) => random.NextDouble(Math.Max(0, 1 - amount), 1 + amount);
}
