using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations;

/// <summary>The parameter-free shortcut, option A: strided subsampling and zero channels; see <see cref="Layers.ZeroPadShortcut"/>.</summary>
internal sealed class ZeroPadShortcutOperation : Operation
{
    internal ZeroPadShortcutOperation(int inChannels, int outChannels, Size2D stride)
    {
        InChannels = inChannels;
        OutChannels = outChannels;
        Stride = stride;
    }

    /// <summary>Channels of the input.</summary>
    public int InChannels { get; }

    /// <summary>Channels of the output; the first floor((out - in) / 2) are zero, as are the same number, or one more, at the end.</summary>
    public int OutChannels { get; }

    /// <summary>The step between sampled pixels.</summary>
    public Size2D Stride { get; }

    /// <inheritdoc/>
    public override string Name => "ZeroPadShortcut";

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        (int n, int channels, int height, int width) = label.Images(inputs[0]);
        if (channels != InChannels) throw label.Mismatch($"input {inputs[0]} has {channels} channels; expected {InChannels}.");
        return label.Output(n, OutChannels, Taken(height, Stride.Height), Taken(width, Stride.Width));
    }

    private static int Taken(int size, int stride) => (int)Sizes.CeilingDivide((long)size, stride);

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options)
    {
        Shape from = inputs[0].Shape, to = output.Shape;
        ZeroPadSubsample.Forward(from[0], InChannels, OutChannels, new Size2D(from[2], from[3]), new Size2D(to[2], to[3]), Stride,
            inputs[0].ReadOnlySpan, output.Span);
    }

    /// <remarks>A sampled pixel gets its copy's gradient; all other pixels, and the zero channels, get none.</remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options)
    {
        Shape from = inputs[0].Shape, to = output.Shape;
        ZeroPadSubsample.Backward(from[0], InChannels, OutChannels, new Size2D(from[2], from[3]), new Size2D(to[2], to[3]), Stride,
            outputGradient.ReadOnlySpan, inputGradients[0].Span);
    }
}
