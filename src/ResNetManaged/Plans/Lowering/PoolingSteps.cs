using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering;

/// <summary>Maximum over windows.</summary>
internal sealed unsafe class MaxPoolStep<TSimd, TVector>(PlanNode node) : Step(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly BlockedMaxPool<TSimd, TVector> _kernel =
        new(((MaxPool2dOperation)node.Operation!).Geometry(node.Inputs[0].Shape), node.Inputs[0].Layout, node.Output.Layout);

    public override string Algorithm => "windows";

    public override void Run(in StepContext context)
    {
        ClearHalo(context);
        _kernel.Run(context.Pointer(Node.Inputs[0]), context.Pointer(Node.Output), context.Share);
    }
}

/// <summary>The mean of each plane.</summary>
internal sealed unsafe class GlobalPoolStep<TSimd, TVector>(PlanNode node) : Step(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly BlockedGlobalPool<TSimd, TVector> _kernel = new(node.Inputs[0].Images, node.Inputs[0].Layout, node.Output.Layout);

    public override string Algorithm => "sums of planes";

    public override void Run(in StepContext context) =>
        _kernel.Run(context.Pointer(Node.Inputs[0]), context.Pointer(Node.Output), context.Share);
}
