using ResNetManaged.Kernels;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations;

/// <summary>y = max(x, 0), element by element; see <see cref="Layers.ReLU"/>.</summary>
public sealed class ReluOperation : Operation
{
    private ReluOperation() { }

    /// <inheritdoc/>
    public override string Name => "ReLU";

    internal static ReluOperation Instance { get; } = new();

    internal override bool CanOverwriteInput => true;

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs) => inputs[0];

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options) =>
        Elementwise.Relu(inputs[0].ReadOnlySpan, output.Span, options);
}
