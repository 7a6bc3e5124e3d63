using System.Runtime.InteropServices;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>Mirrors an image left to right with a given probability: torchvision's <c>RandomHorizontalFlip</c>.</summary>
public sealed class HorizontalFlip : IImageAugmentation
{
    private readonly double _probability;

    /// <summary>Creates the augmentation.</summary>
    /// <param name="probability">The probability of flipping an image, 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is outside 0 to 1.</exception>
    public HorizontalFlip(double probability = 0.5)
    {
        AugmentationCheck.Probability(probability);
        _probability = probability;
    }

    /// <inheritdoc/>
    public void Apply(RgbImage image, PhiloxGenerator random)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(random);
        if (random.NextDouble() >= _probability) return;
        for (int y = 0; y < image.Height; y++) MemoryMarshal.Cast<byte, Pixel>(image.Row(y)).Reverse();
    }

    /// <summary>The settings: <c>HorizontalFlip(p=0.5)</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"HorizontalFlip(p={_probability})");

    private readonly record struct Pixel(byte Red, byte Green, byte Blue);
}
