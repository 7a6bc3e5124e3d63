using ResNetManaged.Kernels;

namespace ResNetManaged.Plans;

/// <summary>A way to compute a convolution.</summary>
internal enum ConvAlgorithm
{
    /// <summary>From the definition, on blocked activations.</summary>
    Direct,

    /// <summary>Winograd's F(2x2, 3x3).</summary>
    WinogradF2,

    /// <summary>Winograd's F(4x4, 3x3).</summary>
    WinogradF4,

    /// <summary>Minimal filtering along the rows of the stem: <see cref="StemTransform"/>.</summary>
    Stem,
}

/// <summary>The way a convolution is computed, and why.</summary>
internal sealed record ConvChoice(ConvAlgorithm Algorithm, string Reason);

/// <summary>Chooses how a convolution is computed: the first rule that applies, top down.</summary>
/// <remarks>
/// Neither the batch nor the number of threads takes part: bits must not depend on them. The measurements behind the rules are in
/// docs/winograd.md, and <c>WinogradBenchmarks</c> repeats them.
/// </remarks>
internal static class ConvSelector
{
    private const int LeastChannels = 16;

    /// <summary>Weights that, transformed for F(4x4), still fit the second-level cache: 36 * 128 * 128 floats are 2.4 MB, streamed from the third.</summary>
    private const int FewWeights = 128 * 128;

    private static readonly (Func<ConvGeometry, bool> Applies, ConvAlgorithm Algorithm, string Reason)[] Rules =
    [
        (conv => !IsPlain3X3(conv), ConvAlgorithm.Direct, "Winograd needs a 3x3 kernel, stride 1, one group"),
        (conv => Math.Min(conv.InChannels, conv.OutChannels) < LeastChannels, ConvAlgorithm.Direct, "too few channels to pay for the transforms"),
        (conv => Math.Min(conv.Output.Height, conv.Output.Width) < 4, ConvAlgorithm.Direct, "the plane is smaller than a tile"),
        (conv => Tiles(conv, 4) >= 9, ConvAlgorithm.WinogradF4, "a quarter of the products"),
        (conv => conv.InChannels * conv.OutChannels <= FewWeights, ConvAlgorithm.WinogradF4, "a quarter of the products, weights stay in the cache"),
        (_ => true, ConvAlgorithm.WinogradF2, "a small plane: F(4x4)'s fourfold weights would come from memory for few tiles"),
    ];

    /// <summary>Chooses.</summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="precision">What is allowed.</param>
    /// <param name="readsInput">Whether it reads the network's input, which lies in rows.</param>
    public static ConvChoice Choose(in ConvGeometry geometry, Precision precision, bool readsInput)
    {
        if (precision == Precision.Exact) return new ConvChoice(ConvAlgorithm.Direct, "exact precision was asked for");
        if (readsInput && StemTransform.Handles(geometry)) return new ConvChoice(ConvAlgorithm.Stem, "half of the products, straight from the image");
        foreach ((Func<ConvGeometry, bool> applies, ConvAlgorithm algorithm, string reason) in Rules)
        {
            if (applies(geometry)) return new ConvChoice(algorithm, reason);
        }
        throw new InvalidOperationException("The last rule always applies.");
    }

    /// <summary>Whether Winograd's minimal filtering computes it at all.</summary>
    public static bool IsPlain3X3(in ConvGeometry geometry) => geometry is { Groups: 1 } && geometry.Kernel == 3 && geometry.Stride == 1
        && geometry.Dilation == 1 && geometry.Padding.Height == geometry.Padding.Width;

    private static int Tiles(in ConvGeometry geometry, int size) =>
        (geometry.Output.Height + size - 1) / size * ((geometry.Output.Width + size - 1) / size);
}
