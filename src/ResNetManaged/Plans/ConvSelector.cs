using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Stem;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans;

/// <summary>The way a convolution is computed, and why.</summary>
internal sealed record ConvChoice(ConvolutionAlgorithm Algorithm, string Reason);

/// <summary>Chooses how a convolution is computed: by the first rule that applies.</summary>
/// <remarks>
/// The size of the batch and the number of threads are ignored: no bit of a result may depend on them. The measurements behind the rules are in
/// docs/winograd.md, and the benchmark <c>PlannedConvolutionBenchmarks</c> repeats them.
/// </remarks>
internal static class ConvSelector
{
    private const int LeastChannels = 16;

    /// <summary>
    /// Channels of the widest groups for which most of the 16 channels that the direct kernel multiplies at every tap belong to other groups.
    /// </summary>
    private const int NarrowGroup = 8;

    /// <summary>Tiles of a 28 x 28 plane, the smallest for which the transforms pay off with narrow groups; at 14 x 14 they do not.</summary>
    private const int ManyTiles = 49;

    /// <summary>
    /// The most weights that stay in the caches when transformed for F(4x4): 36 * 128 * 128 floats are 2.4 MB, streamed from the third-level cache.
    /// </summary>
    private const int FewWeights = 128 * 128;

    private static readonly (Func<ConvGeometry, bool> Applies, ConvolutionAlgorithm Algorithm, string Reason)[] Rules =
    [
        (conv => !IsPlain3X3(conv), ConvolutionAlgorithm.Direct, "Winograd needs a 3x3 kernel, stride 1"),
        (conv => conv.IsDepthwise, ConvolutionAlgorithm.Direct, "depthwise: the transforms read and write more than they save"),
        (conv => conv.Groups > 1 && (WidestGroup(conv) > NarrowGroup || Tiles(conv, 4) < ManyTiles), ConvolutionAlgorithm.Direct,
            "groups of few products: the transforms cost more than they save"),
        (conv => Math.Min(conv.InChannels, conv.OutChannels) < LeastChannels, ConvolutionAlgorithm.Direct, "too few channels to pay for the transforms"),
        (conv => Math.Min(conv.Output.Height, conv.Output.Width) < 4, ConvolutionAlgorithm.Direct, "the plane is smaller than a tile"),
        (conv => Tiles(conv, 4) >= 9, ConvolutionAlgorithm.WinogradF4, "a quarter of the products"),
        (conv => conv.InChannels * conv.OutChannels <= FewWeights, ConvolutionAlgorithm.WinogradF4, "a quarter of the products, weights stay in the cache"),
        (_ => true, ConvolutionAlgorithm.WinogradF2, "a small plane: F(4x4)'s fourfold weights would come from memory for few tiles"),
    ];

    /// <summary>Chooses the algorithm.</summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="options">Which algorithms are allowed, and which is requested.</param>
    /// <param name="readsInput">Whether the convolution reads the network's input, which is stored in rows.</param>
    public static ConvChoice Choose(in ConvGeometry geometry, ExecutionOptions options, bool readsInput)
    {
        if (options.Precision == Precision.Exact) return new ConvChoice(ConvolutionAlgorithm.Direct, "exact precision was requested");
        if (options.Convolution != ConvolutionAlgorithm.Auto)
        {
            return CanCompute(options.Convolution, geometry, readsInput)
                ? new ConvChoice(options.Convolution, "it was requested")
                : new ConvChoice(ConvolutionAlgorithm.Direct, $"{options.Convolution} was requested, which cannot compute it");
        }
        if (CanCompute(ConvolutionAlgorithm.WinogradRows, geometry, readsInput))
            return new ConvChoice(ConvolutionAlgorithm.WinogradRows, "half of the products, straight from the image");
        foreach ((Func<ConvGeometry, bool> applies, ConvolutionAlgorithm algorithm, string reason) in Rules)
        {
            if (applies(geometry)) return new ConvChoice(algorithm, reason);
        }
        throw new InvalidOperationException("The last rule always applies.");
    }

    private static bool CanCompute(ConvolutionAlgorithm algorithm, in ConvGeometry geometry, bool readsInput) => algorithm switch
    {
        ConvolutionAlgorithm.WinogradF2 or ConvolutionAlgorithm.WinogradF4 => IsPlain3X3(geometry),
        ConvolutionAlgorithm.WinogradRows => readsInput && StemTransform.Handles(geometry),
        _ => true,
    };

    /// <summary>Whether Winograd's minimal filtering can compute the convolution.</summary>
    public static bool IsPlain3X3(in ConvGeometry geometry) => geometry.Kernel == 3 && geometry.Stride == 1
        && geometry.Dilation == 1 && geometry.Padding.IsUniform;

    private static int WidestGroup(in ConvGeometry geometry) => Math.Max(geometry.InChannels, geometry.OutChannels) / geometry.Groups;

    private static int Tiles(in ConvGeometry geometry, int size) =>
        Sizes.CeilingDivide(geometry.Output.Height, size) * Sizes.CeilingDivide(geometry.Output.Width, size);
}
