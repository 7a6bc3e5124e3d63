using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations;

/// <summary>The elementwise sum of two tensors of one shape.</summary>
internal sealed class AddOperation : Operation
{
    private AddOperation() { }

    /// <inheritdoc/>
    public override string Name => "Add";

    internal static AddOperation Instance { get; } = new();

    internal override bool CanOverwriteInput => true;

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs) => inputs[0] == inputs[1]
        ? inputs[0]
        : throw label.Mismatch($"got {inputs[0]} and {inputs[1]}; expected two equal shapes.");

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options) =>
        ElementwiseKernel.Add(inputs[0].ReadOnlySpan, inputs[1].ReadOnlySpan, output.Span, options);

    /// <remarks>Each summand has the sum's gradient.</remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options)
    {
        foreach (Tensor gradient in inputGradients)
            ElementwiseKernel.Add(gradient.ReadOnlySpan, outputGradient.ReadOnlySpan, gradient.Span, options);
    }
}
