using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering.Pooling;

/// <summary>Max pooling, unless it was fused into the stem.</summary>
internal sealed class MaxPool2dLowering : OperationLowering<MaxPool2dOperation>
{
    public override bool SumsGradients => true;

    public override bool IsNative(PlanNode node) => node.Output.Shape.ElementCount > 0 && !HasEmptyWindows(Of(node), node.Inputs[0].Shape);

    public override IEnumerable<PlanValue> Keeps(PlanNode node) => [node.Inputs[0], node.Output];

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) =>
        new MaxPoolStep<TSimd, TVector>(node, Of(node).Geometry(node.Inputs[0].Shape), Of(node).PadsWithZeros);

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        new MaxPoolTrainingStep<TSimd, TVector>(node, Of(node.Node).Geometry(node.Reads[0].Shape), Of(node.Node).PadsWithZeros);

    /// <summary>Whether all elements of a window may lie in the padding, because a whole plane fits between two of them.</summary>
    private static bool HasEmptyWindows(MaxPool2dOperation pool, Shape input) => pool.Dilation.Height > input[2] || pool.Dilation.Width > input[3];
}

/// <summary>The maximum of each window.</summary>
internal sealed unsafe class MaxPoolStep<TSimd, TVector>(PlanNode node, PoolGeometry geometry, bool padsWithZeros) : Step(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly BlockedMaxPool<TSimd, TVector> _kernel = new(geometry, node.Inputs[0].Layout, node.Output.Layout, padsWithZeros);

    public override string Algorithm => "maxima of windows";

    public override void Run(in StepContext context)
    {
        ClearHalo(context);
        _kernel.Run(context.Pointer(Node.Inputs[0]), context.Pointer(Node.Output), context.Share);
    }
}

/// <summary>The maximum of each window, and its gradient, which goes to where the maximum was.</summary>
internal sealed unsafe class MaxPoolTrainingStep<TSimd, TVector>(TrainingNode node, PoolGeometry geometry, bool padsWithZeros) : TrainingStep(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly BlockedMaxPool<TSimd, TVector> _kernel = new(geometry, node.Reads[0].Layout, node.Output.Layout, padsWithZeros);

    public override string Algorithm => "maxima of windows";

    public override void Forward(in TrainingContext context, int phase)
    {
        context.ClearHalo(Output);
        _kernel.Run(context.Pointer(Node.Reads[0]), context.Pointer(Output), context.Share);
    }

    public override void Backward(in TrainingContext context, int phase) => BlockedMaxPoolGradient<TSimd, TVector>.Run(geometry, context.View(Node.Reads[0]),
        context.View(Output), context.OutputGradient(Node), context.View(Node.Gives[0]), context.Share);
}
