using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>With a probability, sets a rectangle of random area and shape to 0, the mean, or to noise: torchvision's <c>RandomErasing</c>.</summary>
/// <remarks>Zhong et al. 2017, arXiv:1708.04896. Where none of ten rectangles is smaller than the image, it stays as it is.</remarks>
public sealed class RandomErasing : IInputAugmentation
{
    private const int Tries = 10;

    private readonly double _probability;
    private readonly (double Min, double Max) _scale, _ratio;
    private readonly bool _noise;

    /// <summary>Creates it.</summary>
    /// <param name="probability">Of erasing at all, 0 to 1.</param>
    /// <param name="scale">The rectangle's share of the image's area; null for 0.02 to 0.33.</param>
    /// <param name="ratio">The rectangle's height over its width; null for 0.3 to 3.3.</param>
    /// <param name="noise">Fills with normal noise of standard deviation 1 instead of 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range, or a range out of order.</exception>
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

    /// <summary>What it does: <c>RandomErasing(p=0.5, scale=0.02..0.33, ratio=0.3..3.3)</c>.</summary>
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
