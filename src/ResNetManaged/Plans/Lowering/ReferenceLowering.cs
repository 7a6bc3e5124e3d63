using ResNetManaged.Graphs.Operations;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering;

/// <summary>An operation that runs on tensors, as in the reference executor; there is no training step for it.</summary>
internal sealed class ReferenceLowering : OperationLowering
{
    private ReferenceLowering()
    {
    }

    public static ReferenceLowering Instance { get; } = new();

    public override bool ReadsArrays => true;

    public override bool IsNative(PlanNode node) => false;

    public override bool IsPerImage(Operation operation, Shape input, Shape output) => false;

    public override ValueFormat Reads(PlanNode node) => ValueFormat.Plain;

    public override ValueFormat Makes(PlanNode node, PlanGraph graph) => ValueFormat.Plain;

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => new ReferenceStep(node, services.Options);

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        throw new InvalidOperationException($"{node.Node}: there is no training step; a network with it trains on the gradient tape.");
}
