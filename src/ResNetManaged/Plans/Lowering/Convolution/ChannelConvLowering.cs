using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering.Convolution;

/// <summary>A convolution over the channels of images of one pixel.</summary>
internal sealed class ChannelConvLowering : OperationLowering<ChannelConvOperation>
{
    public override bool IsNative(PlanNode node) => node.Output.Shape.ElementCount > 0;

    public override IEnumerable<Parameter?> Parameters(PlanNode node) => [Of(node).Weight];

    public override IEnumerable<PlanValue> Keeps(PlanNode node) => [node.Inputs[0]];

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => new ChannelConvStep<TSimd, TVector>(node, Of(node).Weight);

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        new ChannelConvTrainingStep<TSimd, TVector>(node, Of(node.Node).Weight, services.Gradients);
}

/// <summary>Sums of neighboring channels.</summary>
internal sealed unsafe class ChannelConvStep<TSimd, TVector> : Step
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly PinnedArray _weights;

    public ChannelConvStep(PlanNode node, Parameter weight) : base(node)
    {
        _weights = new PinnedArray(weight.Shape.ElementCount);
        weight.Value.ReadOnlySpan.CopyTo(_weights.Span);
    }

    public override string Algorithm => "direct";

    public override void Run(in StepContext context)
    {
        ClearHalo(context);
        BlockedView input = new(context.Pointer(Node.Inputs[0]), Node.Inputs[0].Layout), output = new(context.Pointer(Node.Output), Node.Output.Layout);
        BlockedChannelConv<TSimd, TVector>.Run(Node.Output.Images, input, _weights.Pointer, _weights.Span.Length, reversed: false, output, context.Share);
    }
}

/// <summary>Sums of neighboring channels, and the gradients of channels and weights.</summary>
internal sealed unsafe class ChannelConvTrainingStep<TSimd, TVector>(TrainingNode node, Parameter weight, IGradientMemory gradients) : TrainingStep(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly PinnedState _weight = new(weight);
    private readonly int _size = weight.Shape.ElementCount;

    public override string Algorithm => "direct";

    public override void Begin() => _weight.Refresh(forWriting: false);

    public override void Forward(in TrainingContext context, int phase)
    {
        context.ClearHalo(Output);
        BlockedChannelConv<TSimd, TVector>.Run(Output.Images, context.View(Node.Reads[0]), _weight.Pointer, _size, reversed: false, context.View(Output), context.Share);
    }

    public override void Backward(in TrainingContext context, int phase)
    {
        BlockedView gradient = context.View(Node.OutputGradients[0]), inputGradient = context.View(Node.Gives[0]);
        float* weightGradient = gradients.PointerTo(weight);
        if (weightGradient != null)
        {
            BlockedChannelConv<TSimd, TVector>.WeightGradient(Output.Images, context.View(Node.Reads[0]), gradient, _size, context.Accumulates, weightGradient,
                context.Share);
        }
        if (inputGradient.IsNone) return;
        context.ClearHalo(Node.Gives[0]!);
        BlockedChannelConv<TSimd, TVector>.Run(Output.Images, gradient, _weight.Pointer, _size, reversed: true, inputGradient, context.Share);
    }
}
