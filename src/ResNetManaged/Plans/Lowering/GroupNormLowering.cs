using ResNetManaged.Graphs.Operations;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Plans.Lowering.Normalization;

namespace ResNetManaged.Plans.Lowering;

/// <summary>Group norm, with the sum and the ReLU of a residual block that follow it; in training also the norm of the shortcut.</summary>
internal sealed class GroupNormLowering : NormLowering<GroupNormOperation>
{
    public override bool IsNative(PlanNode node) => node.Output.Shape.ElementCount > 0;

    public override PlanValue? RunsOver(PlanNode node) => node.Inputs[0];

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => new GroupNormStep<TSimd, TVector>(node, Of(node));
}
