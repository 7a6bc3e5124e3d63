using ResNetManaged.Graphs.Operations;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering;

/// <summary>Softmax and its logarithm run on tensors: they occur once, after the last layer, on few numbers; losses compute their own.</summary>
internal sealed class SoftmaxLowering : OperationLowering<SoftmaxOperation>
{
    public override bool IsNative(PlanNode node) => false;

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) =>
        ReferenceLowering.Instance.CreateStep<TSimd, TVector>(node, services);

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        ReferenceLowering.Instance.CreateTrainingStep<TSimd, TVector>(node, services);

    protected override bool IsPerImage(SoftmaxOperation operation, Shape input, Shape output) =>
        (operation.Dim + output.Rank) % output.Rank > 0;
}
