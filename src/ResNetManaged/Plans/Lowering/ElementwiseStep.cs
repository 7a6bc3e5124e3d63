using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Elementwise;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering;

/// <summary>An addition, a batch norm or a ReLU that no convolution took over.</summary>
internal sealed unsafe class ElementwiseStep<TSimd, TVector> : Step
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly BlockedElementwise<TSimd, TVector> _kernel;
    private readonly PackedWeights? _norm; // factors and summands
    private readonly PlanValue? _added;

    public ElementwiseStep(PlanNode node, PackedWeights? norm) : base(node)
    {
        _norm = norm;
        _added = node.Operation is AddOperation ? node.Inputs[1] : null;
        _kernel = new(node.Output.Images, node.Inputs[0].Layout, (_added ?? node.Output).Layout, node.Output.Layout,
            node.Relu || node.Operation is ReluOperation);
    }

    public override string Algorithm => "elementwise";

    public override void Run(in StepContext context)
    {
        ClearHalo(context);
        float* scale = _norm is null ? null : _norm.Weights, shift = _norm is null ? null : _norm.Bias;
        _kernel.Run(context.Pointer(Node.Inputs[0]), scale, shift, _added is null ? null : context.Pointer(_added), context.Pointer(Node.Output),
            context.Share);
    }
}

/// <summary>The parameter-free shortcut.</summary>
internal sealed unsafe class ZeroPadStep(PlanNode node) : Step(node)
{
    private readonly BlockedZeroPad _kernel =
        new(node.Output.Images, ((ZeroPadShortcutOperation)node.Operation!).Stride, node.Inputs[0].Layout, node.Output.Layout);

    public override string Algorithm => "copy";

    public override void Run(in StepContext context)
    {
        ClearHalo(context);
        _kernel.Run(context.Pointer(Node.Inputs[0]), context.Pointer(Node.Output), context.Share);
    }
}
