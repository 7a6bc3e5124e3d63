using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Reference.Pooling;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations;

/// <summary>The largest element of each window; see <see cref="Layers.MaxPool2d"/>.</summary>
internal sealed class MaxPool2dOperation : Operation
{
    internal MaxPool2dOperation(Size2D kernelSize, Size2D stride, Padding2D padding, Size2D dilation, bool ceilMode)
    {
        KernelSize = kernelSize;
        Stride = stride;
        Padding = padding;
        Dilation = dilation;
        CeilMode = ceilMode;
    }

    /// <summary>Height and width of the window.</summary>
    public Size2D KernelSize { get; }

    /// <summary>The step between windows.</summary>
    public Size2D Stride { get; }

    /// <summary>Padding around each plane.</summary>
    public Padding2D Padding { get; }

    /// <summary>The step between elements of a window.</summary>
    public Size2D Dilation { get; }

    /// <summary>Whether a window may extend past the far edge.</summary>
    public bool CeilMode { get; }

    /// <summary>Whether the padding's elements are zeros that count, instead of being ignored.</summary>
    public bool PadsWithZeros { get; init; }

    /// <inheritdoc/>
    public override string Name => "MaxPool2d";

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        Shape input = inputs[0];
        (int n, int channels, _, _) = label.Images(input);
        Size2D output = label.Compute(() => Geometry(input).Output);
        return [n, channels, output.Height, output.Width];
    }

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options) =>
        MaxPool.Forward(Geometry(inputs[0].Shape), inputs[0].ReadOnlySpan, output.Span, options, PadsWithZeros);

    /// <remarks>dy goes to the element that was the window's maximum; among equal ones, to the first in row-major order, as in PyTorch. A zero of the padding has none.</remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options) =>
        MaxPool.Backward(Geometry(inputs[0].Shape), inputs[0].ReadOnlySpan, outputGradient.ReadOnlySpan, inputGradients[0].Span, options,
            PadsWithZeros);

    /// <summary>The pooling's sizes for one input shape.</summary>
    internal PoolGeometry Geometry(Shape input) =>
        new(input[0], input[1], new Size2D(input[2], input[3]), KernelSize, Stride, Padding, Dilation, CeilMode);
}
