using ResNetManaged.Graphs.Operations;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Plans.Lowering.Elementwise;

namespace ResNetManaged.Plans.Lowering;

/// <summary>The sum of two images, unless it was fused into a convolution or a norm; with the ReLU that follows.</summary>
internal sealed class AddLowering : OperationLowering<AddOperation>
{
    public override bool SumsGradients => true;

    public override bool IsNative(PlanNode node) => node.Output.Shape is { Rank: 4, ElementCount: > 0 };

    public override PlanValue? RunsOver(PlanNode node) => node.Inputs[0];

    public override IEnumerable<PlanValue> Keeps(PlanNode node) => node.Activation is null ? [] : [node.Output];

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => new ElementwiseStep<TSimd, TVector>(node, norm: null);

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        new SumTrainingStep<TSimd, TVector>(node);
}
