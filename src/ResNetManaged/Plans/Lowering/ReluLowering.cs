using ResNetManaged.Graphs.Operations;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Plans.Lowering.Elementwise;

namespace ResNetManaged.Plans.Lowering;

/// <summary>ReLU of images, unless it was fused into the node before it.</summary>
internal sealed class ReluLowering : OperationLowering<ReluOperation>
{
    public override bool SumsGradients => true;

    public override bool IsNative(PlanNode node) => node.Output.Shape is { Rank: 4, ElementCount: > 0 };

    public override IEnumerable<PlanValue> Keeps(PlanNode node) => [node.Output];

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => new ElementwiseStep<TSimd, TVector>(node, norm: null);

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        new SumTrainingStep<TSimd, TVector>(node);
}
