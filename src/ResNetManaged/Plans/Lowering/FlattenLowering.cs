using ResNetManaged.Graphs.Operations;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering;

/// <summary>
/// Flattens [N, C, 1, 1] to [N, C] without moving anything: the features are already in place. Any other flattening runs on tensors.
/// </summary>
internal sealed class FlattenLowering : OperationLowering<FlattenOperation>
{
    public override bool IsAlias => true;

    public override bool IsNative(PlanNode node)
    {
        Shape from = node.Inputs[0].Shape, to = node.Output.Shape;
        return from.Rank == 4 && from[2] == 1 && from[3] == 1 && to.Rank == 2 && to[0] == from[0] && to.ElementCount > 0;
    }

    public override ValueFormat Reads(PlanNode node) => ValueFormat.Features;

    public override ValueFormat Makes(PlanNode node, PlanGraph graph) => ValueFormat.Features;

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => throw NoStep(node);

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) => throw NoStep(node.Node);

    protected override bool IsPerImage(FlattenOperation operation, Shape input, Shape output) => output.Rank > 0 && output[0] == input[0];

    private static InvalidOperationException NoStep(PlanNode node) => new($"{node}: an alias of its input has no step.");
}
