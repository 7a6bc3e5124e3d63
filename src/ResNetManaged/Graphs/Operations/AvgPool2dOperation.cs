using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Reference.Pooling;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations;

/// <summary>The mean of each window; see <see cref="Layers.AvgPool2d"/>.</summary>
internal sealed class AvgPool2dOperation : Operation
{
    internal AvgPool2dOperation(Size2D kernelSize, Size2D stride, Padding2D padding, bool ceilMode, bool countIncludePad)
    {
        KernelSize = kernelSize;
        Stride = stride;
        Padding = padding;
        CeilMode = ceilMode;
        CountIncludePad = countIncludePad;
    }

    /// <summary>Height and width of the window.</summary>
    public Size2D KernelSize { get; }

    /// <summary>The step between windows.</summary>
    public Size2D Stride { get; }

    /// <summary>Zeros around each plane.</summary>
    public Padding2D Padding { get; }

    /// <summary>Whether a window may extend past the far edge.</summary>
    public bool CeilMode { get; }

    /// <summary>Whether padding counts in the mean's divisor.</summary>
    public bool CountIncludePad { get; }

    /// <inheritdoc/>
    public override string Name => "AvgPool2d";

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        Shape input = inputs[0];
        (int n, int channels, _, _) = label.Images(input);
        Size2D output = label.Compute(() => Geometry(input).Output);
        return [n, channels, output.Height, output.Width];
    }

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options) =>
        AveragePool.Forward(Geometry(inputs[0].Shape), CountIncludePad, inputs[0].ReadOnlySpan, output.Span, options);

    /// <remarks>dx = the sum of dy / count over the windows that contain the pixel, where count is the divisor of the window's mean.</remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options) =>
        AveragePool.Backward(Geometry(inputs[0].Shape), CountIncludePad, outputGradient.ReadOnlySpan, inputGradients[0].Span, options);

    /// <summary>The pooling's sizes for one input shape.</summary>
    internal PoolGeometry Geometry(Shape input) =>
        new(input[0], input[1], new Size2D(input[2], input[3]), KernelSize, Stride, Padding, dilation: 1, CeilMode);
}
