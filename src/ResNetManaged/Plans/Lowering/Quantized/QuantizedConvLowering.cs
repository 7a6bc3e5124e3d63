using ResNetManaged.Graphs.Operations;
using ResNetManaged.Graphs.Operations.Channels;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Quantized;
using ResNetManaged.Kernels.Quantized.Dots;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Plans.Lowering.Convolution;
using ResNetManaged.Plans.Quantization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering.Quantized;

/// <summary>A convolution of bytes, with a batch norm, a sum and a ReLU fused in.</summary>
internal sealed class QuantizedConvLowering : QuantizedLowering
{
    public override Halo InputHalo(PlanNode node) => QuantizedConv.InputHalo(QuantizedLowerings.ConvGeometryOf(node), node.Inputs[0].Layout.BlockSize);

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services)
    {
        ConvGeometry geometry = QuantizedLowerings.ConvGeometryOf(node);
        Conv2dOperation convolution = (Conv2dOperation)node.Operation!;
        BatchNorm2dOperation? norm = node.Fused<BatchNorm2dOperation>();
        NormKey? folded = norm is null ? null : new NormKey(norm.RunningMean, norm.RunningVar, norm.Weight, norm.Bias, norm.Eps);
        WeightKey key = new(convolution.Weight, convolution.Bias, folded, ConvolutionAlgorithm.Direct, node.Inputs[0].Layout.BlockSize, ElementType.Int8,
            node.Fused<ScaleOperation>()?.Weight, node.Output.Key);
        return QuantizedConvStep.Create(node, geometry, DotKernels.For<TSimd, TVector>(Mode(node)), services.Weights, key,
            (scale, shift) => ConvWeights.Affine(node, scale, shift));
    }

    /// <summary>How a layer's products may be summed.</summary>
    public static DotMode Mode(PlanNode node)
    {
        bool few = node.Inputs[0].Range!.Value.Max <= QuantizedRange.Max7Bits, small = node.WeightScales!.Max <= QuantizedWeights.Max7Bits;
        return few && small ? DotMode.Fours : few || small ? DotMode.Twos : DotMode.Wide;
    }
}

/// <summary>A linear layer on features of bytes: a 1 x 1 convolution of one image whose pixels are the rows of the matrix.</summary>
internal sealed class QuantizedLinearLowering : QuantizedLowering
{
    public override ValueFormat Reads(PlanNode node) => ValueFormat.Features;

    public override ValueFormat Makes(PlanNode node, PlanGraph graph) => ValueFormat.Features;

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services)
    {
        LinearOperation linear = (LinearOperation)node.Operation!;
        ConvGeometry geometry = new(1, linear.Weight.Shape[1], node.Inputs[0].Layout.Size, linear.Weight.Shape[0], 1, 1, 0, 1, groups: 1);
        WeightKey key = new(linear.Weight, linear.Bias, null, ConvolutionAlgorithm.Direct, ChannelBlock.Size, ElementType.Int8, Quantized: node.Output.Key);
        return QuantizedConvStep.Create(node, geometry, DotKernels.For<TSimd, TVector>(QuantizedConvLowering.Mode(node)), services.Weights, key, (scale, shift) =>
        {
            scale.Fill(1);
            if (linear.Bias is null) return;
            ReadOnlySpan<float> bias = linear.Bias.Value.ReadOnlySpan;
            for (int c = 0; c < bias.Length; c++) shift[c] = bias[c];
        });
    }
}

/// <summary>A convolution or a linear layer on bytes.</summary>
internal sealed unsafe class QuantizedConvStep : QuantizedStep
{
    private const int Numbers = 3; // of each output channel

    private readonly ConvGeometry _geometry;
    private readonly QuantizedConv _kernel;
    private readonly PackedWeights _weights;

    private QuantizedConvStep(PlanNode node, in ConvGeometry geometry, QuantizedConv kernel, PackedWeights weights) : base(node) =>
        (_geometry, _kernel, _weights) = (geometry, kernel, weights);

    /// <summary>Computes the factor of each output channel, and what is added to it.</summary>
    internal delegate void Affine(Span<double> scale, Span<double> shift);

    public override string Algorithm => QuantizedConvLowering.Mode(Node) switch
    {
        DotMode.Fours => "direct, 7 and 7 bits",
        DotMode.Twos => "direct, 8 and 7 bits",
        _ => "direct, 8 and 8 bits",
    };

    public override long MultiplyAdds => (long)_geometry.OutputLength * _geometry.Depth;

    public override long Bytes => base.Bytes + _weights.Bytes;

    /// <summary>Creates the step, with weights that the store packs.</summary>
    public static QuantizedConvStep Create(PlanNode node, in ConvGeometry geometry, DotKernels kernels, WeightStore store, in WeightKey key, Affine affine)
    {
        QuantizedConv kernel = new(geometry, kernels, node.Inputs[0].Layout, node.Output.Layout, (node.Residual ?? node.Output).Layout)
        {
            Limits = QuantizedLowerings.Limits(node),
            ResidualFactor = node.Residual?.Range is { } added ? (float)((double)added.Scale / OutputScale(node)) : 0,
        };
        QuantizedPanels panels = kernel.Panels;
        StateTensor weight = key.Weight;
        int outputs = geometry.OutChannels;
        return new QuantizedConvStep(node, geometry, kernel, store.Get(key, panels.WeightLength, Numbers * panels.Channels, (PackedWeights packed, ref float[] scratch) =>
        {
            double[] scale = new double[outputs], shift = new double[outputs];
            affine(scale, shift);
            WeightScales scales = node.WeightScales!;
            int[] sums = new int[outputs];
            panels.Pack(weight.Borrow(ref scratch).ReadOnlySpan, scales.Scales, new Span<sbyte>(packed.Integers, panels.WeightLength), sums);
            packed.BiasSpan.Clear();
            QuantizedFactors factors = Factors(packed, panels.Channels);
            QuantizedRange input = node.Inputs[0].Range!.Value;
            double output = OutputScale(node), residual = node.Residual?.Range is { } added ? (double)added.Scale * added.ZeroPoint : 0;
            for (int c = 0; c < outputs; c++)
            {
                factors.Start[c] = (kernels.Offset - input.ZeroPoint) * sums[c];
                factors.Factor[c] = (float)(scale[c] * input.Scale * scales.Scales[c] / output);
                factors.Shift[c] = (float)((shift[c] - residual) / output);
            }
        }));
    }

    public override float* FirstWeights(WorkShare share) => (float*)(_weights.Integers + _kernel.FirstWeight(share));

    public override void Prepare(in StepContext nothing)
    {
        base.Prepare(nothing);
        _kernel.PrepareTiles();
    }

    public override void Run(in StepContext context)
    {
        FillHalo(context);
        byte* residual = Node.Residual is null ? null : BytesOf(context, Node.Residual);
        bool makesBytes = Node.Output.Range is not null;
        _kernel.Run(BytesOf(context, Node.Inputs[0]), Factors(_weights, _kernel.Panels.Channels), residual,
            makesBytes ? BytesOf(context, Node.Output) : null, makesBytes ? null : context.Pointer(Node.Output), (sbyte*)NextWeights(context), context.Share);
    }

    private static QuantizedFactors Factors(PackedWeights weights, int channels) =>
        new(weights.Integers, (int*)weights.Bias, weights.Bias + channels, weights.Bias + 2 * channels);

    private static double OutputScale(PlanNode node) => node.Output.Range?.Scale ?? 1;
}
