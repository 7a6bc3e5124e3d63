using ResNetManaged.Graphs.Operations.Channels;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Normalization;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Normalization;

/// <summary>Layer norm over channels, in inference; networks with it train on the gradient tape.</summary>
internal sealed class ChannelNormLowering : OperationLowering<ChannelNormOperation>
{
    public override bool IsNative(PlanNode node) => node.Output.Shape.ElementCount > 0 && node.Purpose == PlanPurpose.Inference;

    public override PlanValue? RunsOver(PlanNode node) => node.Inputs[0];

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => new ChannelNormStep<TSimd, TVector>(node, Of(node));

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        throw new InvalidOperationException($"{node.Node}: there is no training step; a network with it trains on the gradient tape.");
}

/// <summary>y = (x - mean) / sqrt(variance + eps) * weight + bias, over the channels of each pixel.</summary>
internal sealed unsafe class ChannelNormStep<TSimd, TVector>(PlanNode node, ChannelNormOperation norm) : Step(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly BlockedChannelNorm<TSimd, TVector> _kernel = new(node.Output.Images, norm.Channels, node.Output.Layout.Size);
    private readonly PackedWeights _affine = NormAffine.Copy(norm.Channels, norm.Weight, norm.Bias);

    public override string Algorithm => "statistics of pixels";

    public override int ScratchLength(int threads) => _kernel.ScratchLength(threads);

    public override void Run(in StepContext context)
    {
        ClearHalo(context);
        BlockedView input = new(context.Pointer(Node.Inputs[0]), Node.Inputs[0].Layout);
        BlockedView output = new(context.Pointer(Node.Output), Node.Output.Layout);
        _kernel.Run(input, _affine.Weights, _affine.Bias, norm.Eps, output, context.Scratch, context.Share);
    }
}
