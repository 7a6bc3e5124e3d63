using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Elementwise;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Elementwise;

/// <summary>A sum or a ReLU that was not fused into a batch norm: y = relu(x + added), where each part is optional.</summary>
/// <param name="node">The node; it reads x and, if something is added, a second value.</param>
internal sealed unsafe class SumTrainingStep<TSimd, TVector>(TrainingNode node) : TrainingStep(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly PlanValue? _added = node.Reads.Length > 1 ? node.Reads[1] : null;

    private readonly BlockedElementwise<TSimd, TVector> _kernel = new(node.Output.Images, node.Reads[0].Layout,
        (node.Reads.Length > 1 ? node.Reads[1] : node.Output).Layout, node.Output.Layout, HasRelu(node.Node));

    public override string Algorithm => "elementwise";

    public override void Forward(in TrainingContext context, int phase)
    {
        context.ClearHalo(Output);
        _kernel.Run(context.Pointer(Node.Reads[0]), null, null, _added is null ? null : context.Pointer(_added), context.Pointer(Output), context.Share);
    }

    public override void Backward(in TrainingContext context, int phase)
    {
        BlockedGradient gradient = context.OutputGradient(Node, HasRelu(Node.Node));
        foreach (PlanValue? target in Node.Gives)
            if (target is not null) BlockedSum<TSimd, TVector>.Run(Output.Images, gradient, context.View(target), context.Share);
    }

    /// <summary>Whether negative results become 0.</summary>
    public static bool HasRelu(PlanNode node) => node.Operation is ReluOperation || node.Activation is ReluOperation;
}
