using ResNetManaged.Graphs.Operations.Channels;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Channels;

/// <summary>Consecutive channels.</summary>
internal sealed class ChannelSliceLowering : OperationLowering<ChannelSliceOperation>
{
    public override bool IsNative(PlanNode node) => node.Output.Shape.ElementCount > 0;

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) =>
        new ChannelSelectionStep<TSimd, TVector>(node, Of(node).Sources());

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        new ChannelSelectionTrainingStep<TSimd, TVector>(node, Of(node.Node).Sources());
}
