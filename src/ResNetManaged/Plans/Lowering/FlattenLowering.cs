using ResNetManaged.Graphs.Operations;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering;

/// <summary>
/// Flattens images to [N, C H W] without moving anything: the features of [N, C, 1, 1] are already in place, and so are the elements of rows. Any
/// other flattening runs on tensors.
/// </summary>
internal sealed class FlattenLowering : OperationLowering<FlattenOperation>
{
    public override bool IsAlias => true;

    public override bool IsNative(PlanNode node)
    {
        Shape from = node.Inputs[0].Shape, to = node.Output.Shape;
        return from.Rank == 4 && to.Rank == 2 && to[0] == from[0] && to.ElementCount > 0;
    }

    public override ValueFormat Reads(PlanNode node) => IsOfPixels(node.Inputs[0].Shape) ? ValueFormat.Features : ValueFormat.Plain;

    public override ValueFormat Makes(PlanNode node, PlanGraph graph) => Reads(node);

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => throw NoStep(node);

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) => throw NoStep(node.Node);

    protected override bool IsPerImage(FlattenOperation operation, Shape input, Shape output) => output.Rank > 0 && output[0] == input[0];

    private static bool IsOfPixels(Shape images) => images[2] == 1 && images[3] == 1;

    private static InvalidOperationException NoStep(PlanNode node) => new($"{node}: an alias of its input has no step.");
}
