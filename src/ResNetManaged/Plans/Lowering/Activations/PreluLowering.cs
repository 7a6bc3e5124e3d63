using ResNetManaged.Graphs.Operations.Activations;
using ResNetManaged.Kernels.Elementwise;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering.Activations;

/// <summary>ReLU with a trained slope below 0, one for all channels or one per channel, on images and on features.</summary>
internal sealed class PreluLowering : OperationLowering<PreluOperation>
{
    public override bool SumsGradients => true;

    public override bool IsNative(PlanNode node) => node.Output.Shape is { Rank: 2 or 4, ElementCount: > 0 };

    public override ValueFormat Reads(PlanNode node) => BlocksOf(node.Output.Shape);

    public override ValueFormat Makes(PlanNode node, PlanGraph graph) => Reads(node);

    public override IEnumerable<Parameter?> Parameters(PlanNode node) => [Of(node).Weight];

    public override IEnumerable<PlanValue> Keeps(PlanNode node) => [node.Inputs[0]];

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => new PreluStep<TSimd, TVector>(node, Of(node).Weight);

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        new PreluTrainingStep<TSimd, TVector>(node, Of(node.Node).Weight, services.Gradients);

    /// <summary>Memory for the slopes of whole blocks of channels, including those that pad the last one.</summary>
    public static PinnedArray NewSlopes(BlockedLayout layout) => new(layout.Blocks * ChannelBlock.Size);

    /// <summary>Sets the slope of each channel; a single slope applies to all.</summary>
    public static void SetSlopes(Parameter weight, Span<float> slopes)
    {
        ReadOnlySpan<float> values = weight.Value.ReadOnlySpan;
        if (values.Length == 1)
        {
            slopes.Fill(values[0]);
            return;
        }
        slopes.Clear();
        values.CopyTo(slopes);
    }
}

/// <summary>y = x above 0, else slope * x.</summary>
internal sealed unsafe class PreluStep<TSimd, TVector> : Step
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly PinnedArray _slopes;

    public PreluStep(PlanNode node, Parameter weight) : base(node)
    {
        _slopes = PreluLowering.NewSlopes(node.Output.Layout);
        PreluLowering.SetSlopes(weight, _slopes.Span);
    }

    public override string Algorithm => "elementwise";

    public override void Run(in StepContext context)
    {
        ClearHalo(context);
        BlockedView input = new(context.Pointer(Node.Inputs[0]), Node.Inputs[0].Layout), output = new(context.Pointer(Node.Output), Node.Output.Layout);
        BlockedPrelu<TSimd, TVector>.Run(Node.Output.Images, input, _slopes.Pointer, output, context.Share);
    }
}

/// <summary>y = x above 0, else slope * x, and the gradients of x and of the slopes.</summary>
internal sealed unsafe class PreluTrainingStep<TSimd, TVector>(TrainingNode node, Parameter weight, IGradientMemory gradients) : TrainingStep(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly PinnedArray _slopes = PreluLowering.NewSlopes(node.Output.Layout);

    public override string Algorithm => "elementwise";

    public override int BackwardPhases => gradients.IsWanted(weight) ? 2 : 1;

    public override int ScratchLength => SlopePartials.Length(Output.Images, Output.Layout.Channels);

    public override void Begin() => PreluLowering.SetSlopes(weight, _slopes.Span);

    public override void Forward(in TrainingContext context, int phase)
    {
        context.ClearHalo(Output);
        BlockedPrelu<TSimd, TVector>.Run(Output.Images, context.View(Node.Reads[0]), _slopes.Pointer, context.View(Output), context.Share);
    }

    public override void Backward(in TrainingContext context, int phase)
    {
        float* slopeGradients = gradients.PointerTo(weight);
        if (phase == 0)
        {
            BlockedPrelu<TSimd, TVector>.Gradient(Output.Images, context.View(Node.Reads[0]), _slopes.Pointer, context.OutputGradient(Node),
                context.View(Node.Gives[0]), slopeGradients == null ? null : context.Scratch, context.Share);
            return;
        }
        SlopePartials.Combine(Output.Images, Output.Layout.Channels, context.Scratch, weight.Shape[0], context.Accumulates, slopeGradients, context.Share);
    }
}
