using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Pooling;

/// <summary>Average pooling.</summary>
internal sealed class AvgPool2dLowering : OperationLowering<AvgPool2dOperation>
{
    public override bool SumsGradients => true;

    public override bool IsNative(PlanNode node) => node.Output.Shape.ElementCount > 0;

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) =>
        new AveragePoolStep<TSimd, TVector>(node, Of(node).Geometry(node.Inputs[0].Shape), Of(node).CountIncludePad);

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        new AveragePoolTrainingStep<TSimd, TVector>(node, Of(node.Node).Geometry(node.Reads[0].Shape), Of(node.Node).CountIncludePad);
}

/// <summary>The mean of each window.</summary>
internal sealed unsafe class AveragePoolStep<TSimd, TVector>(PlanNode node, PoolGeometry geometry, bool countIncludePad) : Step(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly BlockedAveragePool<TSimd, TVector> _kernel = new(geometry, countIncludePad, node.Inputs[0].Layout, node.Output.Layout);

    public override string Algorithm => "means of windows";

    public override void Run(in StepContext context)
    {
        ClearHalo(context);
        _kernel.Run(context.Pointer(Node.Inputs[0]), context.Pointer(Node.Output), context.Share);
    }
}

/// <summary>The mean of each window, and each pixel's share of its gradient.</summary>
internal sealed unsafe class AveragePoolTrainingStep<TSimd, TVector>(TrainingNode node, PoolGeometry geometry, bool countIncludePad) : TrainingStep(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly BlockedAveragePool<TSimd, TVector> _kernel = new(geometry, countIncludePad, node.Reads[0].Layout, node.Output.Layout);

    public override string Algorithm => "means of windows";

    public override void Forward(in TrainingContext context, int phase)
    {
        context.ClearHalo(Output);
        _kernel.Run(context.Pointer(Node.Reads[0]), context.Pointer(Output), context.Share);
    }

    public override void Backward(in TrainingContext context, int phase) => BlockedAveragePoolGradient<TSimd, TVector>.Windows(geometry, countIncludePad,
        context.OutputGradient(Node), context.View(Node.Gives[0]), context.Share);
}
