using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Direct;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Convolution;

/// <summary>
/// A direct convolution, or a linear layer, which on features is a 1 x 1 convolution of one image whose pixels are the rows of the matrix.
/// </summary>
internal sealed unsafe class ConvStep<TSimd, TVector>(PlanNode node, ConvGeometry geometry, BlockedConv<TSimd, TVector> kernel,
    PackedWeights weights, BlockedGather? gather = null) : Step(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public override string Algorithm => Node.Inputs[0].Layout.BlockSize == 1 ? "direct, planes" : gather is null ? "direct" : "direct, gathered";

    public override long MultiplyAdds => Node.IsRepeated ? 0 : (long)geometry.OutputLength * geometry.Depth;

    public override long Bytes => base.Bytes + weights.Bytes;

    public override int ScratchLength(int threads) => gather is null ? 0 : checked(threads * (gather.OutputLength + ThreadScratch.Gap));

    public override float* FirstWeights(WorkShare share) => weights.Weights + kernel.FirstWeight(share);

    public override void Prepare(in StepContext nothing)
    {
        base.Prepare(nothing);
        kernel.PrepareTiles();
    }

    public override void Run(in StepContext context)
    {
        ClearHalo(context);
        float* input = context.Pointer(Node.Inputs[0]);
        if (gather is not null && kernel.HasWork(context.Share))
        {
            float* gathered = context.Scratch + (nint)context.Share.Thread * ScratchLength(1); // one copy per thread: no thread waits for another
            gather.Run(input, gathered);
            input = gathered;
        }
        kernel.Run(input, weights.Weights, weights.Bias,
            Node.Residual is null ? null : context.Pointer(Node.Residual), context.Pointer(Node.Output), NextWeights(context), context.Share);
    }
}
