using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>Sets a square centered on a random pixel to 0, the mean; the square is clipped at the border.</summary>
/// <remarks>DeVries and Taylor 2017, arXiv:1708.04552; 16 pixels for CIFAR-10, 8 for CIFAR-100.</remarks>
internal sealed class Cutout : IInputAugmentation
{
    private readonly int _side;

    /// <summary>Creates the augmentation.</summary>
    /// <param name="side">The side of the square in pixels, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The side is below 1.</exception>
    public Cutout(int side = 16)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(side);
        _side = side;
    }

    /// <inheritdoc/>
    public void Apply(Span<float> input, Size2D size, PhiloxGenerator random)
    {
        ArgumentNullException.ThrowIfNull(random);
        int top = random.NextInt32(size.Height) - _side / 2, left = random.NextInt32(size.Width) - _side / 2;
        int bottom = Math.Min(top + _side, size.Height), right = Math.Min(left + _side, size.Width);
        top = Math.Max(top, 0);
        left = Math.Max(left, 0);
        for (int plane = 0; plane < input.Length; plane += size.Area)
        {
            for (int y = top; y < bottom; y++) input.Slice(plane + y * size.Width + left, right - left).Clear();
        }
    }

    /// <summary>The settings: <c>Cutout(16)</c>.</summary>
    public override string ToString() => $"Cutout({_side})";
}
