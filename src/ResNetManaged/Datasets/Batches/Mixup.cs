using System.Numerics.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Datasets.Batches;

/// <summary>Replaces each image of a batch by a weighted mean with another one: w * image + (1 - w) * partner, with w of Beta(alpha, alpha).</summary>
/// <remarks>
/// Zhang, Cisse, Dauphin and Lopez-Paz 2018, arXiv:1710.09412. Image i is paired with image N - 1 - i, which in a shuffled batch is as random as any other
/// (the middle one of an odd number stays as it is), and each image has a weight of its own. The loss is w times that of the image's label and 1 - w times
/// that of its partner's.
/// </remarks>
public sealed class Mixup
{
    private readonly double _alpha;

    /// <summary>Creates it.</summary>
    /// <param name="alpha">Above 0: the smaller, the nearer are the weights to 0 and 1; 0.1 to 0.4 for ImageNet, 1 for CIFAR-10 in the paper.</param>
    /// <exception cref="ArgumentOutOfRangeException">Alpha is not above 0.</exception>
    public Mixup(double alpha = 0.2)
    {
        if (!(alpha > 0)) throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "Mixup: alpha is above 0.");
        _alpha = alpha;
    }

    /// <summary>What it does: <c>Mixup(alpha=0.2)</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"Mixup(alpha={_alpha})");

    /// <summary>Which image another is mixed with.</summary>
    internal static int PartnerOf(int image, int count) => count - 1 - image;

    /// <summary>An image's own weight.</summary>
    internal float DrawWeight(PhiloxGenerator random) => (float)random.NextBeta(_alpha, _alpha);

    /// <summary>Mixes two images with each other, in place.</summary>
    internal static void Mix(Span<float> first, float firstWeight, Span<float> second, float secondWeight)
    {
        const int Block = 1024; // floats: both blocks and their mean stay in the first-level cache
        Span<float> mean = stackalloc float[Block];
        for (int start = 0; start < first.Length; start += Block)
        {
            int count = Math.Min(Block, first.Length - start);
            Span<float> a = first.Slice(start, count), b = second.Slice(start, count), mixed = mean[..count];
            TensorPrimitives.Lerp(b, a, firstWeight, mixed);
            TensorPrimitives.Lerp(a, b, secondWeight, b);
            mixed.CopyTo(a);
        }
    }
}
