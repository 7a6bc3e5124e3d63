using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations.Shapes;

/// <summary>The same elements with dimensions in another order: <c>torch.permute</c>.</summary>
/// <param name="order">The input's dimension that each dimension of the output is.</param>
internal sealed class TransposeOperation(int[] order) : Operation
{
    /// <summary>The input's dimension that each dimension of the output is.</summary>
    public IReadOnlyList<int> Order => order;

    /// <inheritdoc/>
    public override string Name => "Transpose";

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        Shape input = inputs[0];
        if (input.Rank != order.Length) throw label.Mismatch($"input {input} has {input.Rank} dimensions; expected {order.Length}.");
        return Shape.Create(Array.ConvertAll(order, dimension => input[dimension]));
    }

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options) =>
        StridedCopy.Gather(inputs[0].ReadOnlySpan, Strides(inputs[0].Shape, order), output.Shape, output.Span);

    /// <remarks>The gradient of an element goes back to where the element came from.</remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options)
    {
        int[] back = new int[order.Length];
        for (int i = 0; i < order.Length; i++) back[order[i]] = i;
        float[] moved = new float[output.ElementCount];
        StridedCopy.Gather(outputGradient.ReadOnlySpan, Strides(output.Shape, back), inputs[0].Shape, moved);
        System.Numerics.Tensors.TensorPrimitives.Add(inputGradients[0].ReadOnlySpan, moved, inputGradients[0].Span);
    }

    private static long[] Strides(Shape shape, int[] order)
    {
        long[] own = StridedCopy.RowMajor(shape);
        return Array.ConvertAll(order, dimension => own[dimension]);
    }
}
