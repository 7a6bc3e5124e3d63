using ResNetManaged.Kernels.Reference.Channels;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations.Channels;

/// <summary>Takes the channels of <c>[N, C, H, W]</c> from each group in turn: <c>view(N, groups, C / groups, H, W).transpose(1, 2)</c>.</summary>
/// <remarks>Zhang et al. 2017, "ShuffleNet", arXiv:1707.01083, section 3.1.</remarks>
/// <param name="groups">The number of groups, at least 1.</param>
internal sealed class ChannelShuffleOperation(int groups) : Operation
{
    /// <summary>The number of groups.</summary>
    public int Groups { get; } = groups;

    /// <inheritdoc/>
    public override string Name => "ChannelShuffle";

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        (_, int channels, _, _) = label.Images(inputs[0]);
        return Groups >= 1 && channels % Groups == 0
            ? inputs[0]
            : throw label.Mismatch($"input {inputs[0]} has {channels} channels, which {Groups} groups cannot share equally.");
    }

    /// <summary>For each channel of the output, the channel of the input.</summary>
    internal int[] Sources(int channels) => [.. Enumerable.Range(0, channels).Select(c => c % Groups * (channels / Groups) + c / Groups)];

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options) =>
        ChannelSelection.Forward(output.Shape[0], inputs[0].Shape[1], Sources(output.Shape[1]), inputs[0].ReadOnlySpan, output.Span);

    /// <remarks>Each channel's gradient is that of the output channel that it became.</remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options) => ChannelSelection.Backward(output.Shape[0], inputs[0].Shape[1],
            Sources(output.Shape[1]), outputGradient.ReadOnlySpan, inputGradients[0].Span);
}
