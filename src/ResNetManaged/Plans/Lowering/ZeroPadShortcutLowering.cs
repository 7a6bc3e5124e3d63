using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering;

/// <summary>The parameter-free shortcut: a copy of every stride-th pixel between channels of zeros.</summary>
internal sealed class ZeroPadShortcutLowering : OperationLowering<ZeroPadShortcutOperation>
{
    public override bool IsNative(PlanNode node) => node.Output.Shape.ElementCount > 0;

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => new ZeroPadStep(node, Of(node).Stride);

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        new ZeroPadTrainingStep(node, Of(node.Node).Stride);
}

internal sealed unsafe class ZeroPadStep(PlanNode node, Size2D stride) : Step(node)
{
    private readonly BlockedZeroPad _kernel = new(node.Output.Images, stride, node.Inputs[0].Layout, node.Output.Layout);

    public override string Algorithm => "copy";

    public override void Run(in StepContext context)
    {
        ClearHalo(context);
        _kernel.Run(context.Pointer(Node.Inputs[0]), context.Pointer(Node.Output), context.Share);
    }
}

internal sealed unsafe class ZeroPadTrainingStep(TrainingNode node, Size2D stride) : TrainingStep(node)
{
    private readonly BlockedZeroPad _kernel = new(node.Output.Images, stride, node.Reads[0].Layout, node.Output.Layout);

    public override string Algorithm => "copy";

    public override void Forward(in TrainingContext context, int phase)
    {
        context.ClearHalo(Output);
        _kernel.Run(context.Pointer(Node.Reads[0]), context.Pointer(Output), context.Share);
    }

    public override void Backward(in TrainingContext context, int phase) => BlockedZeroPadGradient.Run(Output.Images, stride,
        context.View(Node.OutputGradients[0]), context.View(Node.Gives[0]), context.Share);
}
