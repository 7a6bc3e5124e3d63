using System.Numerics.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Datasets.Batches;

/// <summary>
/// Replaces each image of a batch by its weighted mean with another one: w * image + (1 - w) * partner, with w from Beta(alpha, alpha).
/// </summary>
/// <remarks>
/// Zhang, Cisse, Dauphin and Lopez-Paz 2018, arXiv:1710.09412. Image i is paired with image N - 1 - i, which in a shuffled batch is as random as any other
/// (the middle one of an odd number is unchanged), and each image has its own weight. The loss is w times that of the image's label plus 1 - w times that of
/// its partner's.
/// </remarks>
internal sealed class Mixup
{
    private readonly double _alpha;

    /// <summary>Creates a mixup.</summary>
    /// <param name="alpha">Above 0; the smaller it is, the closer the weights are to 0 and 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Alpha is not above 0.</exception>
    public Mixup(double alpha)
    {
        if (!(alpha > 0)) throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "Mixup: alpha must be above 0.");
        _alpha = alpha;
    }

    /// <summary>The settings: <c>Mixup(alpha=0.2)</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"Mixup(alpha={_alpha})");

    /// <summary>The image that an image is mixed with.</summary>
    internal static int PartnerOf(int image, int count) => count - 1 - image;

    /// <summary>Draws an image's weight.</summary>
    internal float DrawWeight(PhiloxGenerator random) => (float)random.NextBeta(_alpha, _alpha);

    /// <summary>Mixes two images with each other, in place.</summary>
    internal static void Mix(Span<float> first, float firstWeight, Span<float> second, float secondWeight)
    {
        const int Block = 1024; // floats: both blocks and their mean fit into the L1 cache
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
