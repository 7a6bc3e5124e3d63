using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Quantized;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering.Quantized;

/// <summary>The lowering of a node that reads or writes bytes, which <see cref="Quantization.QuantizeGraph"/> chooses for inference.</summary>
internal abstract class QuantizedLowering : OperationLowering
{
    public sealed override bool IsNative(PlanNode node) => true;

    public sealed override bool IsPerImage(Operation operation, Shape input, Shape output) => true;

    public sealed override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        throw new InvalidOperationException($"{node.Node}: there is no training step on bytes.");
}

/// <summary>A step that writes bytes, or floats that it computes from bytes.</summary>
internal abstract unsafe class QuantizedStep(PlanNode node) : Step(node)
{
    /// <summary>Fills this thread's part of the output's halo with what stands for 0.</summary>
    protected void FillHalo(in StepContext context)
    {
        PlanValue output = Node.Output;
        if (output.Range is not { } range)
        {
            ClearHalo(context);
            return;
        }
        (int first, int end) = context.Share.Of(output.Images * output.Layout.Blocks);
        QuantizedHalo.Fill(BytesOf(context, output), output.Layout, (byte)range.ZeroPoint, first, end);
    }

    /// <summary>The first byte of a value.</summary>
    protected static byte* BytesOf(in StepContext context, PlanValue value) => (byte*)context.Pointer(value);
}
