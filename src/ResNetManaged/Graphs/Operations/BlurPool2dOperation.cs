using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Reference.Pooling;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations;

/// <summary>A binomial blur of every stride-th pixel; see <see cref="Layers.Pooling.BlurPool2d"/>.</summary>
internal sealed class BlurPool2dOperation : Operation
{
    internal BlurPool2dOperation(Size2D stride) => Stride = stride;

    /// <summary>The step between outputs.</summary>
    public Size2D Stride { get; }

    /// <inheritdoc/>
    public override string Name => "BlurPool2d";

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        Shape input = inputs[0];
        (int n, int channels, int height, int width) = label.Images(input);
        if (height < BlurWindow.LeastPixels || width < BlurWindow.LeastPixels)
            throw label.Mismatch($"input {input} has planes of {height} x {width}; reflecting their edges takes at least 2 x 2.");
        Size2D output = label.Compute(() => Geometry(input).Output);
        return [n, channels, output.Height, output.Width];
    }

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options) =>
        BlurPool.Forward(Geometry(inputs[0].Shape), inputs[0].ReadOnlySpan, output.Span, options);

    /// <remarks>dx = the sum of dy times the pixel's weight, over all windows that cover the pixel; a reflected pixel is covered twice.</remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options) =>
        BlurPool.Backward(Geometry(inputs[0].Shape), outputGradient.ReadOnlySpan, inputGradients[0].Span, options);

    /// <summary>The sizes for one input shape.</summary>
    internal PoolGeometry Geometry(Shape input) =>
        new(input[0], input[1], new Size2D(input[2], input[3]), BlurWindow.Size, Stride, BlurWindow.Padding, 1, ceilMode: false);
}
