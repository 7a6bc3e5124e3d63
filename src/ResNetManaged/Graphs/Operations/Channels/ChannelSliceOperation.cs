using ResNetManaged.Kernels.Reference.Channels;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations.Channels;

/// <summary>Consecutive channels of <c>[N, C, H, W]</c>: one output of a split along dimension 1.</summary>
/// <param name="start">The first channel.</param>
/// <param name="count">The number of channels, at least 1.</param>
internal sealed class ChannelSliceOperation(int start, int count) : Operation
{
    /// <summary>The first channel.</summary>
    public int Start { get; } = start;

    /// <summary>The number of channels.</summary>
    public int Count { get; } = count;

    /// <inheritdoc/>
    public override string Name => "ChannelSlice";

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        (_, int channels, _, _) = label.Images(inputs[0]);
        return Start >= 0 && Count >= 1 && Count <= channels - Start
            ? inputs[0].With(1, Count)
            : throw label.Mismatch($"input {inputs[0]} does not have {Count} channels from {Start} on.");
    }

    /// <summary>For each channel of the output, the channel of the input.</summary>
    internal int[] Sources() => [.. Enumerable.Range(Start, Count)];

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options) =>
        ChannelSelection.Forward(output.Shape[0], inputs[0].Shape[1], Sources(), inputs[0].ReadOnlySpan, output.Span);

    /// <remarks>The gradient of the other channels is 0.</remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options) =>
        ChannelSelection.Backward(output.Shape[0], inputs[0].Shape[1], Sources(), outputGradient.ReadOnlySpan, inputGradients[0].Span);
}
