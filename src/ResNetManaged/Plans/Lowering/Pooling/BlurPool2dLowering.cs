using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Pooling;

/// <summary>A binomial blur of every stride-th pixel.</summary>
internal sealed class BlurPool2dLowering : OperationLowering<BlurPool2dOperation>
{
    public override bool SumsGradients => true;

    public override bool IsNative(PlanNode node) => node.Output.Shape.ElementCount > 0;

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) =>
        new BlurPoolStep<TSimd, TVector>(node, Of(node).Geometry(node.Inputs[0].Shape));

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        new BlurPoolTrainingStep<TSimd, TVector>(node, Of(node.Node).Geometry(node.Reads[0].Shape));
}

/// <summary>The blur of each window.</summary>
internal sealed unsafe class BlurPoolStep<TSimd, TVector>(PlanNode node, PoolGeometry geometry) : Step(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public override string Algorithm => "blurred windows";

    public override void Run(in StepContext context)
    {
        ClearHalo(context);
        BlockedView input = new(context.Pointer(Node.Inputs[0]), Node.Inputs[0].Layout), output = new(context.Pointer(Node.Output), Node.Output.Layout);
        BlockedBlurPool<TSimd, TVector>.Run(geometry, input, output, context.Share);
    }
}

/// <summary>The blur of each window, and each pixel's share of its gradient.</summary>
internal sealed class BlurPoolTrainingStep<TSimd, TVector>(TrainingNode node, PoolGeometry geometry) : TrainingStep(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public override string Algorithm => "blurred windows";

    public override void Forward(in TrainingContext context, int phase)
    {
        context.ClearHalo(Output);
        BlockedBlurPool<TSimd, TVector>.Run(geometry, context.View(Node.Reads[0]), context.View(Output), context.Share);
    }

    public override void Backward(in TrainingContext context, int phase) =>
        BlockedBlurPool<TSimd, TVector>.Gradient(geometry, context.OutputGradient(Node), context.View(Node.Gives[0]), context.Share);
}
