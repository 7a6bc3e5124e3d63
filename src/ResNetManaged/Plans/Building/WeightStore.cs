using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans;

/// <summary>The packed weights of a model: made once, shared by its plans for all shapes.</summary>
internal sealed class WeightStore(int threads)
{
    private float[] _scratch = []; // what is not in memory yet is read here, packed and forgotten
    private readonly Dictionary<(StateTensor, StateTensor?, ConvAlgorithm, int), PackedWeights> _packed = [];

    /// <summary>Bytes of all that is packed.</summary>
    public long Bytes => _packed.Values.Sum(weights => weights.Bytes);

    /// <summary>A convolution's weights, batch norm folded in, for the direct kernel.</summary>
    public PackedWeights Direct(PlanNode node, ConvGeometry geometry, ConvPanels panels) =>
        Convolution(node, ConvAlgorithm.Direct, panels, panels.WeightLength,
            (weight, scale, packed) => panels.Pack(geometry, weight, scale, packed, threads));

    /// <summary>A convolution's weights, batch norm folded in, for Winograd's products.</summary>
    public PackedWeights Winograd<TTransform>(PlanNode node, ConvGeometry geometry, ConvPanels panels, ConvAlgorithm algorithm)
        where TTransform : struct, IWinogradTransform =>
        Convolution(node, algorithm, panels, WinogradWeights.Length(panels, Kernels.Winograd.Points<TTransform>()),
            (weight, scale, packed) => WinogradWeights.Pack<TTransform>(geometry, panels, weight, scale, packed, threads));

    /// <summary>A linear layer's weights.</summary>
    public PackedWeights Linear(LinearOperation linear, ConvGeometry geometry, ConvPanels panels) =>
        Get(linear.Weight, null, ConvAlgorithm.Direct, panels, panels.WeightLength, packed =>
        {
            double[] scale = new double[geometry.OutChannels];
            Array.Fill(scale, 1);
            panels.Pack(geometry, linear.Weight.Borrow(ref _scratch).ReadOnlySpan, scale, packed.WeightSpan, threads);
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

    private delegate void Packing(ReadOnlySpan<float> weight, ReadOnlySpan<double> scale, Span<float> packed);

    private PackedWeights Convolution(PlanNode node, ConvAlgorithm algorithm, ConvPanels panels, int length, Packing pack)
    {
        Conv2dOperation convolution = (Conv2dOperation)node.Operation!;
        return Get(convolution.Weight, node.Norm?.RunningMean, algorithm, panels, length, packed =>
        {
            double[] scale = new double[convolution.Weight.Shape[0]], shift = new double[scale.Length];
            Array.Fill(scale, 1);
            if (node.Norm is not null) Affine(node.Norm, scale, shift);
            if (convolution.Bias is not null)
            {
                ReadOnlySpan<float> bias = convolution.Bias.Value.ReadOnlySpan;
                for (int c = 0; c < shift.Length; c++) shift[c] += scale[c] * bias[c];
            }
            pack(convolution.Weight.Borrow(ref _scratch).ReadOnlySpan, scale, packed.WeightSpan);
            packed.BiasSpan.Clear();
            for (int c = 0; c < shift.Length; c++) packed.BiasSpan[c] = (float)shift[c];
        });
    }

    private PackedWeights Get(StateTensor weight, StateTensor? norm, ConvAlgorithm algorithm, ConvPanels panels, int length,
        Action<PackedWeights> pack)
    {
        (StateTensor, StateTensor?, ConvAlgorithm, int) key = (weight, norm, algorithm, panels.BlockSize);
        if (_packed.TryGetValue(key, out PackedWeights? packed)) return packed;
        packed = new PackedWeights(length, panels.BiasLength);
        pack(packed);
        _packed.Add(key, packed);
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
}
