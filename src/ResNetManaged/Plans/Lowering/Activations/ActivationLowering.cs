using ResNetManaged.Graphs.Operations.Activations;
using ResNetManaged.Kernels.Elementwise;
using ResNetManaged.Kernels.Elementwise.Activations;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Tiles;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Activations;

/// <summary>Elementwise functions, on images and on features. In inference, one that maps 0 to 0 is fused into the convolution before it.</summary>
internal sealed class ActivationLowering : OperationLowering<ActivationOperation>
{
    public override bool SumsGradients => true;

    public override bool IsNative(PlanNode node) => node.Output.Shape is { Rank: 2 or 4, ElementCount: > 0 };

    public override ValueFormat Reads(PlanNode node) => BlocksOf(node.Output.Shape);

    public override ValueFormat Makes(PlanNode node, PlanGraph graph) => Reads(node);

    public override IEnumerable<PlanValue> Keeps(PlanNode node) => [node.Inputs[0]];

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) =>
        Of(node).Invoke(new Creation<TSimd, TVector>(node));

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        Of(node.Node).Invoke(new TrainingCreation<TSimd, TVector>(node));

    /// <summary>
    /// The activation that was fused into a node, as an epilogue of its kernel; null if there is none or it is a ReLU, which kernels have built in.
    /// </summary>
    public static PixelEpilogue? Epilogue<TSimd, TVector>(PlanNode node)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct => (node.Activation as ActivationOperation)?.Invoke(new EpilogueCreation<TSimd, TVector>());

    private sealed class EpilogueCreation<TSimd, TVector> : IActivationAction<PixelEpilogue>
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        public PixelEpilogue Invoke<TFunction>(TFunction function) where TFunction : struct, IActivationFunction =>
            new ActivationEpilogue<TSimd, TVector, TFunction>(function);
    }

    private sealed class Creation<TSimd, TVector>(PlanNode node) : IActivationAction<Step>
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        public Step Invoke<TFunction>(TFunction function) where TFunction : struct, IActivationFunction =>
            new ActivationStep<TSimd, TVector, TFunction>(node, function);
    }

    private sealed class TrainingCreation<TSimd, TVector>(TrainingNode node) : IActivationAction<TrainingStep>
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        public TrainingStep Invoke<TFunction>(TFunction function) where TFunction : struct, IActivationFunction =>
            new ActivationTrainingStep<TSimd, TVector, TFunction>(node, function);
    }
}

/// <summary>y = f(x).</summary>
internal sealed unsafe class ActivationStep<TSimd, TVector, TFunction>(PlanNode node, TFunction function) : Step(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TFunction : struct, IActivationFunction
{
    public override string Algorithm => "elementwise";

    public override void Run(in StepContext context)
    {
        ClearHalo(context);
        BlockedView input = new(context.Pointer(Node.Inputs[0]), Node.Inputs[0].Layout), output = new(context.Pointer(Node.Output), Node.Output.Layout);
        BlockedActivation<TSimd, TVector, TFunction>.Run(Node.Output.Images, function, input, output, context.Share);
    }
}

/// <summary>y = f(x), and dx = dy f'(x).</summary>
internal sealed class ActivationTrainingStep<TSimd, TVector, TFunction>(TrainingNode node, TFunction function) : TrainingStep(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TFunction : struct, IActivationFunction
{
    public override string Algorithm => "elementwise";

    public override void Forward(in TrainingContext context, int phase)
    {
        context.ClearHalo(Output);
        BlockedActivation<TSimd, TVector, TFunction>.Run(Output.Images, function, context.View(Node.Reads[0]), context.View(Output), context.Share);
    }

    public override void Backward(in TrainingContext context, int phase) => BlockedActivation<TSimd, TVector, TFunction>.Gradient(Output.Images, function,
        context.View(Node.Reads[0]), context.OutputGradient(Node), context.View(Node.Gives[0]), context.Share);
}
