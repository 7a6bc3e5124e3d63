using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Direct;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Linear;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Normalization;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Tiles;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Plans.Lowering.Activations;
using ResNetManaged.Plans.Lowering.Convolution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering;

/// <summary>A linear layer on features: a 1 x 1 convolution of one image whose pixels are the rows of the matrix.</summary>
internal sealed class LinearLowering : OperationLowering<LinearOperation>
{
    public override bool IsNative(PlanNode node) => node.Output.Shape is { Rank: 2, ElementCount: > 0 } && node.Inputs[0].Shape[1] > 0;

    public override ValueFormat Reads(PlanNode node) => ValueFormat.Features;

    public override ValueFormat Makes(PlanNode node, PlanGraph graph) => ValueFormat.Features;

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services)
    {
        ConvGeometry geometry = Geometry(Of(node), node.Inputs[0].Layout);
        BlockedConv<TSimd, TVector> kernel =
            new(geometry, node.Inputs[0].Layout, node.Output.Layout, node.Output.Layout, node.Activation is ReluOperation)
            {
                Epilogue = ActivationLowering.Epilogue<TSimd, TVector>(node),
            };
        return new ConvStep<TSimd, TVector>(node, geometry, kernel, Weights(services.Weights, Of(node), geometry, kernel.Panels));
    }

    public override IEnumerable<Parameter?> Parameters(PlanNode node) => [Of(node).Weight, Of(node).Bias];

    public override IEnumerable<PlanValue> Keeps(PlanNode node) => [node.Inputs[0]];

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services)
    {
        ConvTrainingLayouts layouts = ConvTrainingLayouts.Of(node, trainsWeights: false, services.Options.Threads); // trained by their own kernel
        DirectConvTraining<TSimd, TVector> kernels = new(Geometry(Of(node.Node), node.Reads[0].Layout), layouts);
        return new LinearTrainingStep<TSimd, TVector>(node, Of(node.Node), kernels, services.Gradients);
    }

    protected override bool IsPerImage(LinearOperation operation, Shape input, Shape output) => input.Rank > 1;

    protected override long WeightElements(LinearOperation operation) => operation.Weight.Shape.ElementCount;

    private static ConvGeometry Geometry(LinearOperation linear, BlockedLayout input) =>
        new(1, linear.Weight.Shape[1], input.Size, linear.Weight.Shape[0], 1, 1, 0, 1, groups: 1);

    private static PackedWeights Weights(WeightStore store, LinearOperation linear, ConvGeometry geometry, ConvPanels panels) =>
        store.Get(new WeightKey(linear.Weight, linear.Bias, null, ConvolutionAlgorithm.Direct, panels.BlockSize), panels.WeightLength, panels.BiasLength,
            (PackedWeights packed, ref float[] scratch) =>
            {
                double[] scale = new double[geometry.OutChannels];
                Array.Fill(scale, 1);
                panels.Pack(geometry, linear.Weight.Borrow(ref scratch).ReadOnlySpan, scale, packed.WeightSpan);
                packed.BiasSpan.Clear();
                linear.Bias?.Value.ReadOnlySpan.CopyTo(packed.BiasSpan);
            });
}

/// <summary>A linear layer on features, and the gradients of its input, weights and bias.</summary>
internal sealed unsafe class LinearTrainingStep<TSimd, TVector> : TrainingStep
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly LinearOperation _operation;
    private readonly DirectConvTraining<TSimd, TVector> _kernels;
    private readonly IGradientMemory _gradients;
    private readonly PinnedState _weight;
    private readonly PinnedArray _bias; // padded to whole blocks

    public LinearTrainingStep(TrainingNode node, LinearOperation operation, DirectConvTraining<TSimd, TVector> kernels, IGradientMemory gradients)
        : base(node)
    {
        (_operation, _kernels, _gradients) = (operation, kernels, gradients);
        _weight = new PinnedState(operation.Weight);
        _bias = new PinnedArray(ChannelBlock.Count(operation.Weight.Shape[0]) * ChannelBlock.Size);
        _bias.Span.Clear();
    }

    public override string Algorithm => "direct";

    public override int ForwardPhases => 2;

    public override int BackwardPhases => 2;

    public override int ScratchLength => checked(_kernels.PackedLength + ChannelPartials.Length(1, Outputs));

    private int Outputs => Output.Layout.Channels;

    public override void Begin()
    {
        _weight.Refresh(forWriting: false);
        _operation.Bias?.Value.ReadOnlySpan.CopyTo(_bias.Span);
    }

    public override void Forward(in TrainingContext context, int phase)
    {
        float* packed = context.Scratch;
        if (phase == 0) _kernels.Pack(_weight.Pointer, packed, context.Share);
        else _kernels.Forward(context.Pointer(Node.Reads[0]), packed, _bias.Pointer, context.Pointer(Output), null, context.Share);
    }

    public override void Backward(in TrainingContext context, int phase)
    {
        float* packed = context.Scratch, partials = packed + _kernels.PackedLength;
        float* weightGradient = _gradients.PointerTo(_operation.Weight), biasGradient = _gradients.PointerTo(_operation.Bias);
        BlockedView gradient = context.View(Node.OutputGradients[0]), inputGradient = context.View(Node.Gives[0]);
        if (phase == 0)
        {
            if (!inputGradient.IsNone) _kernels.PackForGradient(_weight.Pointer, packed, context.Share);
            if (weightGradient != null)
                BlockedLinearGradient<TSimd, TVector>.Weights(gradient, context.View(Node.Reads[0]), context.Accumulates, weightGradient, context.Share);
            if (biasGradient != null) BlockedChannelSums<TSimd, TVector>.Sum(1, new(gradient), default, null, default, partials, context.Share);
            return;
        }
        if (biasGradient != null) ChannelPartials.ToBias(1, Outputs, partials, context.Accumulates, biasGradient, context.Share);
        if (!inputGradient.IsNone) _kernels.InputGradient(gradient.Pointer, packed, inputGradient.Pointer, null, context.Share);
    }
}
