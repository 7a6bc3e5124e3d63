using ResNetManaged.Graphs.Operations;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering;

/// <summary>
/// Gives images, rows or features another shape, image by image, without moving anything: the elements of rows are already in place, and so are those of
/// [N, C, 1, 1] and [N, C]. Any other shape runs on tensors.
/// </summary>
internal sealed class ReshapeLowering<TOperation> : OperationLowering<TOperation> where TOperation : Operation
{
    public override bool IsAlias => true;

    public override bool IsNative(PlanNode node)
    {
        Shape from = node.Inputs[0].Shape, to = node.Output.Shape;
        return from.Rank is 2 or 4 && to.Rank is 2 or 4 && to[0] == from[0] && to.ElementCount > 0;
    }

    public override ValueFormat Reads(PlanNode node) =>
        IsOfPixels(node.Inputs[0].Shape) && IsOfPixels(node.Output.Shape) ? ValueFormat.Features : ValueFormat.Plain;

    public override ValueFormat Makes(PlanNode node, PlanGraph graph) => Reads(node);

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => throw NoStep(node);

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) => throw NoStep(node.Node);

    protected override bool IsPerImage(TOperation operation, Shape input, Shape output) => input.Rank > 0 && output.Rank > 0 && output[0] == input[0];

    private static bool IsOfPixels(Shape shape) => shape.Rank == 2 || (shape[2] == 1 && shape[3] == 1);

    private static InvalidOperationException NoStep(PlanNode node) => new($"{node}: an alias of its input has no step.");
}
