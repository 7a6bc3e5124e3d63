using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Depthwise;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Convolution;

/// <summary>A convolution of each channel with its own kernel.</summary>
internal sealed unsafe class DepthwiseStep<TSimd, TVector>(PlanNode node, ConvGeometry geometry, DepthwiseConv<TSimd, TVector> kernel,
    PackedWeights weights) : Step(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public override string Algorithm => "direct, depthwise";

    public override long MultiplyAdds => (long)geometry.OutputLength * geometry.Depth;

    public override long Bytes => base.Bytes + weights.Bytes;

    public override void Prepare(in StepContext nothing)
    {
        base.Prepare(nothing);
        kernel.Prepare();
    }

    public override void Run(in StepContext context)
    {
        ClearHalo(context);
        kernel.Run(context.Pointer(Node.Inputs[0]), weights.Weights, weights.Bias, Node.Residual is null ? null : context.Pointer(Node.Residual),
            context.Pointer(Node.Output), context.Share);
    }
}
