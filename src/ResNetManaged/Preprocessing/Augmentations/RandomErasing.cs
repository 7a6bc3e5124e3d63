using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>With a given probability, sets a rectangle of random area and aspect ratio to 0, the mean, or to noise: torchvision's <c>RandomErasing</c>.</summary>
/// <remarks>Zhong et al. 2017, arXiv:1708.04896. If none of ten random rectangles is smaller than the image, nothing is erased.</remarks>
public sealed class RandomErasing : IInputAugmentation
{
    private const int Tries = 10;

    private readonly double _probability;
    private readonly (double Min, double Max) _scale, _ratio;
    private readonly bool _noise;

    /// <summary>Creates the augmentation.</summary>
    /// <param name="probability">The probability of erasing, 0 to 1.</param>
    /// <param name="scale">The range of the rectangle's fraction of the image's area; null for 0.02 to 0.33.</param>
    /// <param name="ratio">The range of the rectangle's height over its width; null for 0.3 to 3.3.</param>
    /// <param name="noise">True to fill with standard normal noise, false to fill with 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range, or a range is out of order.</exception>
    public RandomErasing(double probability = 0.5, (double Min, double Max)? scale = null, (double Min, double Max)? ratio = null, bool noise = false)
    {
        AugmentationCheck.Probability(probability);
        (_probability, _scale, _ratio, _noise) = (probability, scale ?? (0.02, 0.33), ratio ?? (0.3, 3.3), noise);
        AugmentationCheck.Scale(_scale, nameof(scale));
        AugmentationCheck.Ratio(_ratio, nameof(ratio));
    }

    /// <inheritdoc/>
    public void Apply(Span<float> input, Size2D size, PhiloxGenerator random)
    {
        ArgumentNullException.ThrowIfNull(random);
        if (random.NextDouble() >= _probability) return;
        for (int attempt = 0; attempt < Tries; attempt++)
        {
            Size2D drawn = AreaAndRatio.Draw(size.Area, _scale, (1 / _ratio.Max, 1 / _ratio.Min), random);
            if (drawn.Height >= size.Height || drawn.Width >= size.Width) continue;
            int top = random.NextInt32(size.Height - drawn.Height + 1), left = random.NextInt32(size.Width - drawn.Width + 1);
            Erase(input, size, new PixelWindow(left, top, drawn.Width, drawn.Height), random);
            return;
        }
    }

    /// <summary>The settings: <c>RandomErasing(p=0.5, scale=0.02..0.33, ratio=0.3..3.3)</c>.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"RandomErasing(p={_probability}, scale={_scale.Min:0.####}..{_scale.Max:0.####}, ratio={_ratio.Min:0.####}..{_ratio.Max:0.####}")
        + (_noise ? ", noise)" : ")");

    private void Erase(Span<float> input, Size2D size, PixelWindow window, PhiloxGenerator random)
    {
        for (int plane = 0; plane < input.Length; plane += size.Area)
        {
            for (int y = window.Top; y < window.Top + window.Height; y++)
            {
                Span<float> row = input.Slice(plane + y * size.Width + window.Left, window.Width);
                row.Clear();
                if (!_noise) continue;
                foreach (ref float value in row) value = (float)random.NextNormal();
            }
        }
    }
}
