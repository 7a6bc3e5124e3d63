using ResNetManaged.Kernels;

namespace ResNetManaged.Plans;

/// <summary>A direct convolution, or a linear layer: on features that is a 1 x 1 convolution of one image whose pixels are the rows.</summary>
internal sealed unsafe class ConvStep<TSimd, TVector>(PlanNode node, ConvGeometry geometry, BlockedConv<TSimd, TVector> kernel,
    PackedWeights weights) : Step(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public override string Algorithm => Node.Inputs[0].Layout.BlockSize == 1 ? "direct, planes" : "direct";

    public override long MultiplyAdds => (long)geometry.OutputLength * geometry.Depth;

    public override long Bytes => base.Bytes + weights.Bytes;

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
            Node.Residual is null ? null : context.Pointer(Node.Residual), context.Pointer(Node.Output), NextWeights(context), context.Share);
    }
}
