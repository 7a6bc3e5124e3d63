using ResNetManaged.Graphs.Operations.Channels;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Plans.Lowering.Elementwise;
using ResNetManaged.Plans.Lowering.Normalization;

namespace ResNetManaged.Plans.Lowering.Channels;

/// <summary>A factor for each channel, unless it was folded into a convolution; networks with it train on the gradient tape.</summary>
internal sealed class ScaleLowering : OperationLowering<ScaleOperation>
{
    public override bool IsNative(PlanNode node) => node.Output.Shape.ElementCount > 0 && node.Purpose == PlanPurpose.Inference;

    public override PlanValue? RunsOver(PlanNode node) => node.Inputs[0];

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) =>
        new ElementwiseStep<TSimd, TVector>(node, NormAffine.Copy(node.Output.Shape[1], Of(node).Weight, bias: null));

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        throw new InvalidOperationException($"{node.Node}: there is no training step; a network with it trains on the gradient tape.");
}
