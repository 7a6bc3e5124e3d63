using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Elementwise;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Elementwise;

/// <summary>
/// An addition, batch norm or ReLU that was not fused into a convolution: y = relu(x * scale + shift + added), where each part is optional.
/// </summary>
/// <param name="node">The node; it reads x and, if something is added, a second value.</param>
/// <param name="norm">The scale and shift of each channel; null if there are none.</param>
internal sealed unsafe class ElementwiseStep<TSimd, TVector>(PlanNode node, PackedWeights? norm) : Step(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly PlanValue? _added = node.Inputs.Length > 1 ? node.Inputs[1] : null;

    private readonly BlockedElementwise<TSimd, TVector> _kernel = new(node.Output.Images, node.Inputs[0].Layout,
        (node.Inputs.Length > 1 ? node.Inputs[1] : node.Output).Layout, node.Output.Layout, node.Activation is not null || node.Operation is ReluOperation);

    public override string Algorithm => "elementwise";

    public override void Run(in StepContext context)
    {
        ClearHalo(context);
        float* scale = norm is null ? null : norm.Weights, shift = norm is null ? null : norm.Bias;
        _kernel.Run(context.Pointer(Node.Inputs[0]), scale, shift, _added is null ? null : context.Pointer(_added), context.Pointer(Node.Output),
            context.Share);
    }
}
