using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations;

/// <summary>y = max(x, 0), element by element; see <see cref="Layers.ReLU"/>.</summary>
internal sealed class ReluOperation : Operation
{
    private ReluOperation() { }

    /// <inheritdoc/>
    public override string Name => "ReLU";

    internal static ReluOperation Instance { get; } = new();

    internal override bool CanOverwriteInput => true;

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs) => inputs[0];

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options) =>
        ElementwiseKernel.Relu(inputs[0].ReadOnlySpan, output.Span, options);

    /// <remarks>dx = dy where y &gt; 0, else 0: the derivative at 0 is 0, as in PyTorch.</remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options) =>
        ElementwiseKernel.ReluBackward(output.ReadOnlySpan, outputGradient.ReadOnlySpan, inputGradients[0].Span, options);
}
