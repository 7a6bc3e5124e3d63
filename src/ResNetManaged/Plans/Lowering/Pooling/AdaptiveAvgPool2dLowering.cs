using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Pooling;

/// <summary>Global average pooling, to features or to images of one pixel, whichever its readers want. Other output sizes run on tensors.</summary>
internal sealed class AdaptiveAvgPool2dLowering : OperationLowering<AdaptiveAvgPool2dOperation>
{
    public override bool IsNative(PlanNode node) => Of(node).OutputSize == 1 && node.Output.Shape.ElementCount > 0;

    public override ValueFormat Makes(PlanNode node, PlanGraph graph) =>
        graph.ReadersOf(node.Output).Any(reader => reader.Lowering.Reads(reader) == ValueFormat.Blocked) ? ValueFormat.Blocked : ValueFormat.Features;

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => new GlobalPoolStep<TSimd, TVector>(node);

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        new GlobalPoolTrainingStep<TSimd, TVector>(node);

    /// <summary>Where the mean of each image is, within a block of channels.</summary>
    public static PixelOfImage PixelOf(PlanValue means) => new(means.Layout, means.Format == ValueFormat.Features);
}

/// <summary>The mean of each plane.</summary>
internal sealed unsafe class GlobalPoolStep<TSimd, TVector>(PlanNode node) : Step(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly BlockedGlobalPool<TSimd, TVector> _kernel =
        new(node.Inputs[0].Images, node.Inputs[0].Layout, AdaptiveAvgPool2dLowering.PixelOf(node.Output));

    public override string Algorithm => "means of planes";

    public override void Run(in StepContext context)
    {
        ClearHalo(context);
        _kernel.Run(context.Pointer(Node.Inputs[0]), context.Pointer(Node.Output), context.Share);
    }
}

/// <summary>The mean of each plane, and each pixel's share of its gradient.</summary>
internal sealed unsafe class GlobalPoolTrainingStep<TSimd, TVector>(TrainingNode node) : TrainingStep(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly BlockedGlobalPool<TSimd, TVector> _kernel =
        new(node.Reads[0].Images, node.Reads[0].Layout, AdaptiveAvgPool2dLowering.PixelOf(node.Output));

    public override string Algorithm => "means of planes";

    public override void Forward(in TrainingContext context, int phase)
    {
        context.ClearHalo(Output);
        _kernel.Run(context.Pointer(Node.Reads[0]), context.Pointer(Output), context.Share);
    }

    public override void Backward(in TrainingContext context, int phase)
    {
        PlanValue gradient = Node.OutputGradients[0];
        BlockedAveragePoolGradient<TSimd, TVector>.Global(Node.Reads[0].Images, context.Pointer(gradient), AdaptiveAvgPool2dLowering.PixelOf(gradient),
            context.View(Node.Gives[0]), context.Share);
    }
}
