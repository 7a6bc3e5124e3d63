using ResNetManaged.Graphs.Operations;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Plans.Lowering.Elementwise;
using ResNetManaged.Plans.Lowering.Normalization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering;

/// <summary>
/// Batch norm. In inference, where it was not folded into a convolution, a scale and a shift; batch statistics run on tensors. In training with the sum and
/// the ReLU of a residual block that follow it, and the batch norm of the shortcut.
/// </summary>
internal sealed class BatchNorm2dLowering : OperationLowering<BatchNorm2dOperation>
{
    public override bool SumsGradients => true;

    public override bool IsNative(PlanNode node) =>
        node.Output.Shape.ElementCount > 0 && (node.Purpose == PlanPurpose.Training || !Of(node).UsesBatchStatistics);

    public override IEnumerable<Parameter?> Parameters(PlanNode node)
    {
        BatchNorm2dOperation? shortcut = node.Fused<BatchNorm2dOperation>();
        return [Of(node).Weight, Of(node).Bias, shortcut?.Weight, shortcut?.Bias];
    }

    public override IEnumerable<PlanValue> Keeps(PlanNode node)
    {
        yield return node.Inputs[0];
        if (node.Fused<BatchNorm2dOperation>() is not null) yield return node.Residual!;
        if (node.Activation is not null) yield return node.Output;
    }

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) =>
        new ElementwiseStep<TSimd, TVector>(node, NormAffine.Pack(Of(node)));

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        new NormTrainingStep<TSimd, TVector>(node, services.Gradients);

    protected override bool IsPerImage(BatchNorm2dOperation operation, Shape input, Shape output) => !operation.UsesBatchStatistics;
}
