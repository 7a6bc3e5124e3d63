using ResNetManaged.Kernels.Quantized;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Quantized;

/// <summary>The sum of two images of bytes that was not fused into a convolution, with the ReLU that follows.</summary>
internal sealed class QuantizedAddLowering : QuantizedLowering
{
    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => new QuantizedAddStep<TSimd, TVector>(node);
}

internal sealed unsafe class QuantizedAddStep<TSimd, TVector> : QuantizedStep
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly (float X, float Y, float Shift) _factors;

    public QuantizedAddStep(PlanNode node) : base(node)
    {
        QuantizedRange x = node.Inputs[0].Range!.Value, y = node.Inputs[1].Range!.Value;
        double output = node.Output.Range!.Value.Scale, shift = (double)x.Scale * x.ZeroPoint + (double)y.Scale * y.ZeroPoint;
        _factors = ((float)(x.Scale / output), (float)(y.Scale / output), (float)(-shift / output));
    }

    public override string Algorithm => "elementwise";

    public override void Run(in StepContext context)
    {
        FillHalo(context);
        PlanValue x = Node.Inputs[0], y = Node.Inputs[1], output = Node.Output;
        QuantizedElementwise<TSimd, TVector>.Add(output.Images, ((nint)context.Pointer(x), x.Layout), ((nint)context.Pointer(y), y.Layout),
            BytesOf(context, output), output.Layout, _factors, QuantizedLowerings.Limits(Node), context.Share);
    }
}

/// <summary>Bytes in another shape: see <see cref="ReshapeLowering{TOperation}"/>.</summary>
internal sealed class QuantizedAliasLowering : QuantizedLowering
{
    public override bool IsAlias => true;

    public override ValueFormat Reads(PlanNode node) => ValueFormat.Features;

    public override ValueFormat Makes(PlanNode node, PlanGraph graph) => ValueFormat.Features;

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) =>
        throw new InvalidOperationException($"{node}: an alias of its input has no step.");
}
