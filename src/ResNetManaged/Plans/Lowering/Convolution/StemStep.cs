using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Stem;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Convolution;

/// <summary>The 7 x 7 convolution of a network's input, by minimal filtering along the rows.</summary>
internal sealed unsafe class StemStep<TSimd, TVector>(PlanNode node, ConvGeometry geometry, StemConv<TSimd, TVector> kernel, PackedWeights weights) : Step(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public override string Algorithm => "Winograd F(4, 7) along rows";

    public override long MultiplyAdds => (long)geometry.OutputLength * geometry.Depth;

    public override long Bytes => base.Bytes + weights.Bytes;

    public override int ScratchLength(int threads) => kernel.ScratchLength(threads);

    public override float* FirstWeights(WorkShare share) => weights.Weights;

    public override void Prepare(in StepContext nothing)
    {
        base.Prepare(nothing);
        kernel.PrepareTiles();
    }

    public override void Run(in StepContext context)
    {
        ClearHalo(context);
        kernel.Run(context.Pointer(Node.Inputs[0]), weights.Weights, weights.Bias, context.Pointer(Node.Output), context.Scratch,
            NextWeights(context), context.Share);
    }
}
