using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Winograd;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Convolution;

/// <summary>A 3 x 3 convolution by Winograd's minimal filtering.</summary>
internal sealed unsafe class WinogradStep<TSimd, TVector, TTransform>(PlanNode node, ConvGeometry geometry,
    WinogradConv<TSimd, TVector, TTransform> kernel, PackedWeights weights) : Step(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TTransform : struct, IWinogradTransform
{
    public override string Algorithm => $"Winograd F({TTransform.OutputTile}x{TTransform.OutputTile})";

    public override long MultiplyAdds => (long)geometry.OutputLength * geometry.Depth;

    public override long Bytes => base.Bytes + weights.Bytes;

    public override int ScratchLength(int threads) => kernel.ScratchLength(threads);

    public override float* FirstWeights(WorkShare share) => weights.Weights + kernel.FirstWeight(share);

    public override void Prepare(in StepContext nothing)
    {
        base.Prepare(nothing);
        kernel.PrepareTiles();
    }

    public override void Run(in StepContext context)
    {
        ClearHalo(context);
        kernel.Run(context.Pointer(Node.Inputs[0]), weights.Weights, weights.Bias,
            Node.Residual is null ? null : context.Pointer(Node.Residual), context.Pointer(Node.Output), context.Scratch, NextWeights(context),
            context.Share);
    }
}
