using ResNetManaged.Graphs.Operations;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering;

/// <summary>Average pooling runs on tensors.</summary>
internal sealed class AvgPool2dLowering : OperationLowering<AvgPool2dOperation>
{
    public override bool IsNative(PlanNode node) => false;

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) =>
        ReferenceLowering.Instance.CreateStep<TSimd, TVector>(node, services);

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        ReferenceLowering.Instance.CreateTrainingStep<TSimd, TVector>(node, services);
}
