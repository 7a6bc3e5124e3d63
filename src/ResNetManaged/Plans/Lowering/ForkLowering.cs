using ResNetManaged.Graphs.Operations;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Plans.Lowering.Elementwise;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering;

/// <summary>
/// A copy of a value, for two of its readers: their gradients are summed here. <see cref="TrainingGraph"/> inserts it if a value has more readers
/// than the step that produces it can sum.
/// </summary>
internal sealed class ForkLowering : OperationLowering
{
    private ForkLowering()
    {
    }

    public static ForkLowering Instance { get; } = new();

    public override bool SumsGradients => true;

    public override bool IsNative(PlanNode node) => true;

    public override bool IsPerImage(Operation operation, Shape input, Shape output) => true;

    public override ValueFormat Reads(PlanNode node) => BlocksOf(node.Output.Shape);

    public override ValueFormat Makes(PlanNode node, PlanGraph graph) => Reads(node);

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => new ElementwiseStep<TSimd, TVector>(node, norm: null);

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        new SumTrainingStep<TSimd, TVector>(node);
}
