using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Normalization;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Normalization;

/// <summary>Group norm in inference: y = relu(norm(x) + shortcut).</summary>
internal sealed unsafe class GroupNormStep<TSimd, TVector>(PlanNode node, GroupNormOperation norm) : Step(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly BlockedGroupNorm<TSimd, TVector> _kernel = new(node.Output.Images, norm.Channels, norm.Groups, node.Output.Layout.Size);
    private readonly PackedWeights _affine = Pack(norm);

    public override string Algorithm => "statistics of groups";

    public override int ScratchLength(int threads) => _kernel.ScratchLength(threads);

    public override void Run(in StepContext context)
    {
        BlockedView shortcut = Node.Residual is null ? default : View(context, Node.Residual);
        _kernel.Run(View(context, Node.Inputs[0]), _affine.Weights, _affine.Bias, norm.Eps, shortcut, Node.Activation is not null,
            View(context, Node.Output), context.Scratch, context.Share);
    }

    public override void Prepare(in StepContext nothing) => _kernel.Prepare(Node.Inputs[0].Layout, Node.Output.Layout);

    private static BlockedView View(in StepContext context, PlanValue value) => new(context.Pointer(value), value.Layout);

    /// <summary>Copies the parameters: a model keeps those it was compiled with.</summary>
    private static PackedWeights Pack(GroupNormOperation norm)
    {
        PackedWeights packed = new(norm.Channels, norm.Channels);
        packed.WeightSpan.Fill(1f);
        packed.BiasSpan.Clear();
        norm.Weight?.Value.ReadOnlySpan.CopyTo(packed.WeightSpan);
        norm.Bias?.Value.ReadOnlySpan.CopyTo(packed.BiasSpan);
        return packed;
    }
}
