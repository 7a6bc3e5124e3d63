using ResNetManaged.Graphs.Operations;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering.Normalization;

/// <summary>
/// What norms have in common: in training, their step includes the sum and the ReLU of a residual block, and the norm of the shortcut.
/// </summary>
internal abstract class NormLowering<TOperation> : OperationLowering<TOperation> where TOperation : Operation
{
    public override bool SumsGradients => true;

    public override ValueFormat Reads(PlanNode node) => BlocksOf(node.Output.Shape);

    public override ValueFormat Makes(PlanNode node, PlanGraph graph) => Reads(node);

    public override IEnumerable<Parameter?> Parameters(PlanNode node) =>
        [.. ParametersOf(node.Operation), .. ParametersOf(ShortcutNorm(node)), .. node.Gate?.Nodes.SelectMany(inner => inner.Lowering.Parameters(inner)) ?? []];

    public override IEnumerable<PlanValue> Keeps(PlanNode node)
    {
        yield return node.Inputs[0];
        if (ShortcutNorm(node) is not null) yield return node.Residual!;
        if (node.Activation is not null) yield return node.Output;
    }

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        node.Node.Gate is { } gate
            ? new GatedNormTrainingStep<TSimd, TVector>(node,
                TrainingSteps.Create<TSimd, TVector>(TrainingGraph.OfPart(gate, services.Options, services.Gradients), services), services.Gradients)
            : new NormTrainingStep<TSimd, TVector>(node, ShortcutNorm(node.Node), services.Gradients);

    /// <summary>The norm of the shortcut; null if it has none.</summary>
    private static Operation? ShortcutNorm(PlanNode node) => (Operation?)node.Fused<BatchNorm2dOperation>() ?? node.Fused<GroupNormOperation>();

    private static Parameter?[] ParametersOf(Operation? norm) => norm switch
    {
        BatchNorm2dOperation batch => [batch.Weight, batch.Bias],
        GroupNormOperation group => [group.Weight, group.Bias],
        _ => [],
    };
}
