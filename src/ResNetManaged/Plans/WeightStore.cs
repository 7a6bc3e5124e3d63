using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Stem;
using ResNetManaged.Kernels.Convolution.Winograd;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Kernels.Tiles;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans;

/// <summary>The packed weights of a model: made once, shared by its plans for all shapes.</summary>
/// <remarks>
/// Asked for weights, it takes their memory at once and fills it in <see cref="PackAll"/>, all on several threads: a layer's weights are read, packed
/// and forgotten, so that they are in memory twice for a moment only, and layer by layer.
/// </remarks>
internal sealed class WeightStore(int threads)
{
    private readonly Dictionary<(StateTensor, StateTensor?, ConvolutionAlgorithm, int), PackedWeights> _packed = [];
    private readonly List<(PackedWeights Packed, Packing Pack)> _pending = [];

    /// <summary>Fills packed weights; what is not in memory yet is read into the scratch array, which grows.</summary>
    private delegate void Packing(PackedWeights packed, ref float[] scratch);

    /// <summary>Bytes of all that is packed.</summary>
    public long Bytes => _packed.Values.Sum(weights => weights.Bytes);

    /// <summary>Packs all that was asked for, with other work beside it.</summary>
    /// <param name="beside">Done on one of the threads meanwhile.</param>
    public void PackAll(Action beside)
    {
        _pending.Sort((a, b) => b.Packed.Bytes.CompareTo(a.Packed.Bytes)); // the largest first: the threads end at about the same time
        ParallelLoop.For(_pending.Count + 1, threads, new PendingWork(_pending, beside));
        _pending.Clear();
    }

    /// <summary>A convolution's weights, batch norm folded in, for the direct kernel.</summary>
    public PackedWeights Direct(PlanNode node, ConvGeometry geometry, ConvPanels panels) =>
        Convolution(node, ConvolutionAlgorithm.Direct, panels, panels.WeightLength,
            (weight, scale, packed) => panels.Pack(geometry, weight, scale, packed));

    /// <summary>A convolution's weights, batch norm folded in, for Winograd's products.</summary>
    public PackedWeights Winograd<TTransform>(PlanNode node, ConvGeometry geometry, ConvPanels panels, ConvolutionAlgorithm algorithm)
        where TTransform : struct, IWinogradTransform =>
        Convolution(node, algorithm, panels, WinogradWeights.Length(panels, WinogradSizes.Points<TTransform>()),
            (weight, scale, packed) => WinogradWeights.Pack<TTransform>(geometry, panels, weight, scale, packed));

    /// <summary>The stem's weights, batch norm folded in.</summary>
    public PackedWeights Stem<TSimd, TVector>(PlanNode node, StemConv<TSimd, TVector> kernel)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct => Convolution(node, ConvolutionAlgorithm.WinogradRows, kernel.Panels, kernel.WeightLength, kernel.Pack);

    /// <summary>A linear layer's weights.</summary>
    public PackedWeights Linear(LinearOperation linear, ConvGeometry geometry, ConvPanels panels) =>
        Get(linear.Weight, null, ConvolutionAlgorithm.Direct, panels, panels.WeightLength, (PackedWeights packed, ref float[] scratch) =>
        {
            double[] scale = new double[geometry.OutChannels];
            Array.Fill(scale, 1);
            panels.Pack(geometry, linear.Weight.Borrow(ref scratch).ReadOnlySpan, scale, packed.WeightSpan);
            packed.BiasSpan.Clear();
            linear.Bias?.Value.ReadOnlySpan.CopyTo(packed.BiasSpan);
        });

    /// <summary>A batch norm of its own: factors and summands for each channel of the blocks.</summary>
    public static PackedWeights Norm(BatchNorm2dOperation norm)
    {
        int channels = ChannelBlock.Count(norm.Channels) * ChannelBlock.Size;
        PackedWeights packed = new(channels, channels);
        double[] scale = new double[norm.Channels], shift = new double[norm.Channels];
        Affine(norm, scale, shift);
        packed.WeightSpan.Clear();
        packed.BiasSpan.Clear();
        for (int c = 0; c < norm.Channels; c++) (packed.WeightSpan[c], packed.BiasSpan[c]) = ((float)scale[c], (float)shift[c]);
        return packed;
    }

    private delegate void WeightPacking(ReadOnlySpan<float> weight, ReadOnlySpan<double> scale, Span<float> packed);

    private PackedWeights Convolution(PlanNode node, ConvolutionAlgorithm algorithm, ConvPanels panels, int length, WeightPacking pack)
    {
        Conv2dOperation convolution = (Conv2dOperation)node.Operation!;
        BatchNorm2dOperation? norm = node.Norm;
        return Get(convolution.Weight, norm?.RunningMean, algorithm, panels, length, (PackedWeights packed, ref float[] scratch) =>
        {
            double[] scale = new double[convolution.Weight.Shape[0]], shift = new double[scale.Length];
            Array.Fill(scale, 1);
            if (norm is not null) Affine(norm, scale, shift);
            if (convolution.Bias is not null)
            {
                ReadOnlySpan<float> bias = convolution.Bias.Value.ReadOnlySpan;
                for (int c = 0; c < shift.Length; c++) shift[c] += scale[c] * bias[c];
            }
            pack(convolution.Weight.Borrow(ref scratch).ReadOnlySpan, scale, packed.WeightSpan);
            packed.BiasSpan.Clear();
            for (int c = 0; c < shift.Length; c++) packed.BiasSpan[c] = (float)shift[c];
        });
    }

    private PackedWeights Get(StateTensor weight, StateTensor? norm, ConvolutionAlgorithm algorithm, ConvPanels panels, int length, Packing pack)
    {
        (StateTensor, StateTensor?, ConvolutionAlgorithm, int) key = (weight, norm, algorithm, panels.BlockSize);
        if (_packed.TryGetValue(key, out PackedWeights? packed)) return packed;
        packed = new PackedWeights(length, panels.BiasLength);
        _packed.Add(key, packed);
        _pending.Add((packed, pack));
        return packed;
    }

    /// <summary>y = x * scale + shift, for each channel: gamma / sqrt(var + eps), and beta - mean * scale.</summary>
    private static void Affine(BatchNorm2dOperation norm, double[] scale, double[] shift)
    {
        ReadOnlySpan<float> mean = norm.RunningMean!.Value.ReadOnlySpan, variance = norm.RunningVar!.Value.ReadOnlySpan;
        ReadOnlySpan<float> gamma = norm.Weight is null ? [] : norm.Weight.Value.ReadOnlySpan;
        ReadOnlySpan<float> beta = norm.Bias is null ? [] : norm.Bias.Value.ReadOnlySpan;
        for (int c = 0; c < scale.Length; c++)
        {
            scale[c] = (gamma.IsEmpty ? 1.0 : gamma[c]) / Math.Sqrt(variance[c] + norm.Eps);
            shift[c] = (beta.IsEmpty ? 0.0 : beta[c]) - mean[c] * scale[c];
        }
    }

    /// <summary>Item 0 is the other work, every other one a pending packing.</summary>
    private readonly struct PendingWork(List<(PackedWeights Packed, Packing Pack)> pending, Action beside) : IWork
    {
        [ThreadStatic]
        private static float[]? _scratch;

        public void Run(int index)
        {
            if (index == 0)
            {
                beside();
                return;
            }
            float[] scratch = _scratch ?? [];
            pending[index - 1].Pack(pending[index - 1].Packed, ref scratch);
            _scratch = scratch;
        }
    }
}
