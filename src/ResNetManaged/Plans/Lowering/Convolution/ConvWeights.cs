using ResNetManaged.Graphs.Operations;
using ResNetManaged.Graphs.Operations.Channels;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Depthwise;
using ResNetManaged.Kernels.Convolution.Stem;
using ResNetManaged.Kernels.Convolution.Winograd;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Tiles;
using ResNetManaged.Plans.Lowering.Normalization;

namespace ResNetManaged.Plans.Lowering.Convolution;

/// <summary>A convolution's weights, with a batch norm and factors of channels folded in, as each algorithm reads them.</summary>
internal static class ConvWeights
{
    /// <summary>For the direct kernel.</summary>
    public static PackedWeights Direct(WeightStore store, PlanNode node, ConvGeometry geometry, ConvPanels panels) =>
        Get(store, node, ConvolutionAlgorithm.Direct, panels.BlockSize, panels.WeightLength, panels.BiasLength,
            (weight, scale, packed) => panels.Pack(geometry, weight, scale, packed));

    /// <summary>For Winograd's products.</summary>
    public static PackedWeights Winograd<TTransform>(WeightStore store, PlanNode node, ConvGeometry geometry, ConvPanels panels)
        where TTransform : struct, IWinogradTransform =>
        Get(store, node, node.Choice!.Algorithm, panels.BlockSize, WinogradWeights.Length(panels, WinogradSizes.Points<TTransform>()),
            panels.BiasLength, (weight, scale, packed) => WinogradWeights.Pack<TTransform>(geometry, panels, weight, scale, packed));

    /// <summary>For the stem.</summary>
    public static PackedWeights Stem<TSimd, TVector>(WeightStore store, PlanNode node, StemConv<TSimd, TVector> kernel)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct =>
        Get(store, node, ConvolutionAlgorithm.WinogradRows, kernel.Panels.BlockSize, kernel.WeightLength, kernel.Panels.BiasLength, kernel.Pack);

    /// <summary>For the depthwise kernel, which computes every direct depthwise convolution.</summary>
    public static PackedWeights Depthwise<TSimd, TVector>(WeightStore store, PlanNode node, DepthwiseConv<TSimd, TVector> kernel)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct =>
        Get(store, node, ConvolutionAlgorithm.Direct, ChannelBlock.Size, kernel.WeightLength, kernel.BiasLength, kernel.Pack);

    private delegate void WeightPacking(ReadOnlySpan<float> weight, ReadOnlySpan<double> scale, Span<float> packed);

    private static PackedWeights Get(WeightStore store, PlanNode node, ConvolutionAlgorithm algorithm, int blockSize, int length, int biasLength,
        WeightPacking pack)
    {
        Conv2dOperation convolution = (Conv2dOperation)node.Operation!;
        BatchNorm2dOperation? norm = node.Fused<BatchNorm2dOperation>();
        ScaleOperation? factors = node.Fused<ScaleOperation>();
        NormKey? folded = norm is null ? null : new NormKey(norm.RunningMean, norm.RunningVar, norm.Weight, norm.Bias, norm.Eps);
        WeightKey key = new(convolution.Weight, convolution.Bias, folded, algorithm, blockSize, Scale: factors?.Weight);
        return store.Get(key, length, biasLength, (PackedWeights packed, ref float[] scratch) =>
        {
            double[] scale = new double[convolution.Weight.Shape[0]], shift = new double[scale.Length];
            Affine(node, scale, shift);
            pack(convolution.UsedWeight(convolution.Weight.Borrow(ref scratch).ReadOnlySpan), scale, packed.WeightSpan);
            packed.BiasSpan.Clear();
            for (int c = 0; c < shift.Length; c++) packed.BiasSpan[c] = (float)shift[c];
        });
    }

    /// <summary>The factor of each output channel and what is added to it: the bias, a batch norm and factors of channels.</summary>
    public static void Affine(PlanNode node, Span<double> scale, Span<double> shift)
    {
        Conv2dOperation convolution = (Conv2dOperation)node.Operation!;
        scale.Fill(1);
        if (node.Fused<BatchNorm2dOperation>() is { } norm) NormAffine.Of(norm, scale, shift);
        if (convolution.Bias is not null)
        {
            ReadOnlySpan<float> bias = convolution.Bias.Value.ReadOnlySpan;
            for (int c = 0; c < shift.Length; c++) shift[c] += scale[c] * bias[c];
        }
        if (node.Fused<ScaleOperation>() is { } factors)
        {
            ReadOnlySpan<float> factor = factors.Weight.Value.ReadOnlySpan;
            for (int c = 0; c < shift.Length; c++) (scale[c], shift[c]) = (scale[c] * factor[c], shift[c] * factor[c]);
        }
    }
}
