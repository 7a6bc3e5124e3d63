using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations;

/// <summary>Softmax, or its logarithm, along one dimension; see <see cref="Layers.Softmax"/> and <see cref="Layers.LogSoftmax"/>.</summary>
internal sealed class SoftmaxOperation : Operation
{
    internal SoftmaxOperation(int dim, bool logarithm)
    {
        Dim = dim;
        Logarithm = logarithm;
    }

    /// <summary>The dimension that is normalized; negative counts from the end.</summary>
    public int Dim { get; }

    /// <summary>Whether the output is the logarithm of the probabilities.</summary>
    public bool Logarithm { get; }

    /// <inheritdoc/>
    public override string Name => Logarithm ? "LogSoftmax" : "Softmax";

    internal override bool CanOverwriteInput => true;

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        label.Dimension(inputs[0], Dim);
        return inputs[0];
    }

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options)
    {
        (int outer, int axis, int inner) = Lines(output.Shape);
        if (Logarithm) SoftmaxKernel.ForwardLog(outer, axis, inner, inputs[0].ReadOnlySpan, output.Span, options);
        else SoftmaxKernel.Forward(outer, axis, inner, inputs[0].ReadOnlySpan, output.Span, options);
    }

    /// <remarks>
    /// Along the dimension: dx = y (dy - sum(dy y)) for y = softmax(x), because the derivative of y[i] with respect to x[j] is y[i] ([i = j] - y[j]);
    /// dx = dy - exp(y) sum(dy) for its logarithm. Bishop 2006, equation 4.106.
    /// </remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options)
    {
        (int outer, int axis, int inner) = Lines(output.Shape);
        SoftmaxKernel.Backward(outer, axis, inner, Logarithm, output.ReadOnlySpan, outputGradient.ReadOnlySpan, inputGradients[0].Span, options);
    }

    /// <summary>The shape as [outer, axis, inner].</summary>
    private (int Outer, int Axis, int Inner) Lines(Shape shape)
    {
        ReadOnlySpan<int> sizes = shape.Dimensions;
        int dim = (Dim + sizes.Length) % sizes.Length;
        return (Product(sizes[..dim]), sizes[dim], Product(sizes[(dim + 1)..]));
    }

    private static int Product(ReadOnlySpan<int> sizes)
    {
        int product = 1;
        foreach (int size in sizes) product *= size;
        return product;
    }
}
