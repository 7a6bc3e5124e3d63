using ResNetManaged.Kernels;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations;

/// <summary>Softmax, or its logarithm, along one dimension; see <see cref="Layers.Softmax"/> and <see cref="Layers.LogSoftmax"/>.</summary>
public sealed class SoftmaxOperation : Operation
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
        ReadOnlySpan<int> sizes = output.Shape.Dimensions;
        int dim = (Dim + sizes.Length) % sizes.Length;
        int outer = Product(sizes[..dim]), inner = Product(sizes[(dim + 1)..]);
        if (Logarithm) Kernels.Softmax.ForwardLog(outer, sizes[dim], inner, inputs[0].ReadOnlySpan, output.Span, options);
        else Kernels.Softmax.Forward(outer, sizes[dim], inner, inputs[0].ReadOnlySpan, output.Span, options);
    }

    private static int Product(ReadOnlySpan<int> sizes)
    {
        int product = 1;
        foreach (int size in sizes) product *= size;
        return product;
    }
}
