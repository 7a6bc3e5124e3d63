using ResNetManaged.Graphs.Operations.Channels;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Channels;

/// <summary>Channels from each group in turn.</summary>
internal sealed class ChannelShuffleLowering : OperationLowering<ChannelShuffleOperation>
{
    public override bool IsNative(PlanNode node) => node.Output.Shape.ElementCount > 0;

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) =>
        new ChannelSelectionStep<TSimd, TVector>(node, Of(node).Sources(node.Output.Shape[1]));

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        new ChannelSelectionTrainingStep<TSimd, TVector>(node, Of(node.Node).Sources(node.Output.Shape[1]));
}
