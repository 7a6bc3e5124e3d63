using ResNetManaged.Kernels.Quantized;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Quantized;

/// <summary>Floats to bytes, before a node that works on bytes.</summary>
/// <param name="readsRows">Whether the floats are the network's input, row-major.</param>
/// <param name="blockSize">Channels of a block of the result: 16 or 4.</param>
internal sealed class QuantizeLowering(bool readsRows, int blockSize) : QuantizedLowering
{
    public override ValueFormat Reads(PlanNode node) => readsRows && node.Inputs[0].Shape.Rank == 4 ? ValueFormat.Plain : BlocksOf(node.Inputs[0].Shape);

    public override ValueFormat Makes(PlanNode node, PlanGraph graph) => BlocksOf(node.Output.Shape);

    public override int OutputBlockSize(PlanNode node) => blockSize;

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => new QuantizeStep<TSimd, TVector>(node);
}

internal sealed unsafe class QuantizeStep<TSimd, TVector>(PlanNode node) : QuantizedStep(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public override string Algorithm => "floats to bytes";

    public override void Run(in StepContext context)
    {
        FillHalo(context);
        PlanValue input = Node.Inputs[0], output = Node.Output;
        byte* target = BytesOf(context, output);
        if (input.Format == ValueFormat.Plain)
            QuantizedElementwise<TSimd, TVector>.QuantizeRows(output.Images, context.Pointer(input), target, output.Layout, output.Range!.Value, context.Share);
        else
            QuantizedElementwise<TSimd, TVector>.Quantize(output.Images, context.Pointer(input), input.Layout, target, output.Layout, output.Range!.Value, context.Share);
    }
}

/// <summary>Bytes to floats, before a node that works on floats.</summary>
internal sealed class DequantizeLowering : QuantizedLowering
{
    private DequantizeLowering()
    {
    }

    public static DequantizeLowering Instance { get; } = new();

    public override ValueFormat Reads(PlanNode node) => node.Inputs[0].Format;

    public override ValueFormat Makes(PlanNode node, PlanGraph graph) => node.Inputs[0].Format;

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => new DequantizeStep<TSimd, TVector>(node);
}

internal sealed unsafe class DequantizeStep<TSimd, TVector>(PlanNode node) : QuantizedStep(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public override string Algorithm => "bytes to floats";

    public override void Run(in StepContext context)
    {
        FillHalo(context);
        PlanValue input = Node.Inputs[0], output = Node.Output;
        QuantizedElementwise<TSimd, TVector>.Dequantize(output.Images, BytesOf(context, input), input.Layout, context.Pointer(output), output.Layout,
            input.Range!.Value, context.Share);
    }
}
