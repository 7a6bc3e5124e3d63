using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Elementwise;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering;

/// <summary>Products of images or features of the same shape, and of planes with one number each.</summary>
internal sealed class MulLowering : OperationLowering<MulOperation>
{
    public override bool SumsGradients => true;

    public override bool IsNative(PlanNode node) => node.Output.Shape is { Rank: 2 or 4, ElementCount: > 0 };

    public override ValueFormat Reads(PlanNode node) => BlocksOf(node.Output.Shape);

    public override ValueFormat Makes(PlanNode node, PlanGraph graph) => Reads(node);

    public override PlanValue? RunsOver(PlanNode node) => node.Inputs[0];

    public override IEnumerable<PlanValue> Keeps(PlanNode node) => node.Inputs;

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => new MulStep<TSimd, TVector>(node);

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        new MulTrainingStep<TSimd, TVector>(node);

    /// <summary>Whether the node is a product that scales planes, into which a sum and a ReLU can be fused.</summary>
    public static bool IsScale(PlanNode? node) => node is { Operation: MulOperation, IsNative: true } && ScalesPlanes(node.Inputs);

    /// <summary>Whether the second factor is one number for each plane of the first.</summary>
    public static bool ScalesPlanes(PlanValue[] factors) => MulOperation.ScalesPlanes(factors[0].Shape, factors[1].Shape);
}

/// <summary>y = x * z; if z scales planes, with the sum and the ReLU that were fused into it.</summary>
internal sealed unsafe class MulStep<TSimd, TVector>(PlanNode node) : Step(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly bool _scalesPlanes = MulLowering.ScalesPlanes(node.Inputs);

    public override string Algorithm => _scalesPlanes ? "factors of planes" : "elementwise";

    public override void Run(in StepContext context)
    {
        ClearHalo(context);
        PlanValue x = Node.Inputs[0], z = Node.Inputs[1], y = Node.Output;
        BlockedView left = new(context.Pointer(x), x.Layout), right = new(context.Pointer(z), z.Layout), output = new(context.Pointer(y), y.Layout);
        if (!_scalesPlanes)
        {
            BlockedProduct<TSimd, TVector>.Multiply(y.Images, left, right, output, context.Share);
            return;
        }
        BlockedView residual = Node.Residual is { } added ? new BlockedView(context.Pointer(added), added.Layout) : default;
        BlockedProduct<TSimd, TVector>.Scale(y.Images, left, right, residual, Node.Activation is not null, output, context.Share);
    }
}

/// <summary>y = x * z, and the gradients dx = dy z and dz = dy x, which is summed over planes if z scales them.</summary>
internal sealed class MulTrainingStep<TSimd, TVector>(TrainingNode node) : TrainingStep(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly bool _scalesPlanes = MulLowering.ScalesPlanes(node.Reads);

    public override string Algorithm => _scalesPlanes ? "factors of planes" : "elementwise";

    public override void Forward(in TrainingContext context, int phase)
    {
        context.ClearHalo(Output);
        BlockedView left = context.View(Node.Reads[0]), right = context.View(Node.Reads[1]);
        if (_scalesPlanes) BlockedProduct<TSimd, TVector>.Scale(Output.Images, left, right, default, false, context.View(Output), context.Share);
        else BlockedProduct<TSimd, TVector>.Multiply(Output.Images, left, right, context.View(Output), context.Share);
    }

    public override void Backward(in TrainingContext context, int phase)
    {
        BlockedView left = context.View(Node.Reads[0]), right = context.View(Node.Reads[1]);
        BlockedView leftGradient = context.View(Node.Gives[0]), rightGradient = context.View(Node.Gives[1]);
        BlockedGradient gradient = context.OutputGradient(Node);
        if (_scalesPlanes)
        {
            BlockedProduct<TSimd, TVector>.ScaleGradient(Output.Images, gradient, left, right, leftGradient, rightGradient, context.Share);
            return;
        }
        if (!leftGradient.IsNone) BlockedProduct<TSimd, TVector>.MultiplyGradient(Output.Images, gradient, right, leftGradient, context.Share);
        if (!rightGradient.IsNone) BlockedProduct<TSimd, TVector>.MultiplyGradient(Output.Images, gradient, left, rightGradient, context.Share);
    }
}
