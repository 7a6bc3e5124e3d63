using ResNetManaged.Graphs.Operations;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Plans.Lowering.Elementwise;
using ResNetManaged.Plans.Lowering.Normalization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering;

/// <summary>
/// Batch norm. In inference, a scale and a shift, unless it was folded into a convolution; with batch statistics it runs on tensors. In training, its
/// step includes the sum and the ReLU of a residual block that follow it, and the norm of the shortcut.
/// </summary>
internal sealed class BatchNorm2dLowering : NormLowering<BatchNorm2dOperation>
{
    public override bool IsNative(PlanNode node) =>
        node.Output.Shape.ElementCount > 0 && (node.Purpose == PlanPurpose.Training || !Of(node).UsesBatchStatistics);

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) =>
        new ElementwiseStep<TSimd, TVector>(node, NormAffine.Pack(Of(node)));

    protected override bool IsPerImage(BatchNorm2dOperation operation, Shape input, Shape output) => !operation.UsesBatchStatistics;
}
