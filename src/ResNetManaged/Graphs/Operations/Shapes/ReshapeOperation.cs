using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations.Shapes;

/// <summary>The same elements in another shape.</summary>
/// <param name="shape">The shape of the output.</param>
internal sealed class ReshapeOperation(Shape shape) : Operation
{
    /// <inheritdoc/>
    public override string Name => "Reshape";

    internal override bool IsReshape => true;

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs) => inputs[0].ElementCount == shape.ElementCount
        ? shape
        : throw label.Mismatch($"input {inputs[0]} has {inputs[0].ElementCount} elements; expected {shape.ElementCount}, as {shape} has.");

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options) =>
        inputs[0].ReadOnlySpan.CopyTo(output.Span);

    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options) =>
        ElementwiseKernel.Add(inputGradients[0].ReadOnlySpan, outputGradient.ReadOnlySpan, inputGradients[0].Span, options);
}
