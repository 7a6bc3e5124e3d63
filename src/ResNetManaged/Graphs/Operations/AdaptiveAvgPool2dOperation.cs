using ResNetManaged.Kernels.Reference.Pooling;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations;

/// <summary>The mean over a grid of windows that covers the input; see <see cref="Layers.AdaptiveAvgPool2d"/>.</summary>
internal sealed class AdaptiveAvgPool2dOperation : Operation
{
    internal AdaptiveAvgPool2dOperation(Size2D outputSize) => OutputSize = outputSize;

    /// <summary>Height and width of the output.</summary>
    public Size2D OutputSize { get; }

    /// <inheritdoc/>
    public override string Name => "AdaptiveAvgPool2d";

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        (int n, int channels, int height, int width) = label.Images(inputs[0]);
        if (height == 0 || width == 0) throw label.Mismatch($"input {inputs[0]} has no pixels to average.");
        return label.Output(n, channels, OutputSize.Height, OutputSize.Width);
    }

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options)
    {
        Shape input = inputs[0].Shape;
        AdaptiveAveragePool.Forward(input[0] * input[1], new Size2D(input[2], input[3]), OutputSize,
            inputs[0].ReadOnlySpan, output.Span, options);
    }

    /// <remarks>dx = the sum of dy / count over the windows that contain the pixel, where count is the number of pixels in the window.</remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options)
    {
        Shape input = inputs[0].Shape;
        AdaptiveAveragePool.Backward(input[0] * input[1], new Size2D(input[2], input[3]), OutputSize,
            outputGradient.ReadOnlySpan, inputGradients[0].Span, options);
    }
}
