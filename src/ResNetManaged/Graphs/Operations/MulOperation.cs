using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations;

/// <summary>The elementwise product of two tensors of one shape, or of <c>[N, C, H, W]</c> with <c>[N, C, 1, 1]</c>, which scales planes.</summary>
/// <remarks>The operand that scales planes is the second input; <see cref="Value"/> puts it there.</remarks>
internal sealed class MulOperation : Operation
{
    private MulOperation() { }

    /// <inheritdoc/>
    public override string Name => "Mul";

    internal static MulOperation Instance { get; } = new();

    internal override bool CanOverwriteInput => true;

    /// <summary>Whether the second operand, <c>[N, C, 1, 1]</c>, scales the planes of the first; false if the shapes are equal.</summary>
    internal static bool ScalesPlanes(Shape left, Shape right) =>
        left.Rank == 4 && right.Rank == 4 && left != right && right[0] == left[0] && right[1] == left[1] && right[2] == 1 && right[3] == 1;

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs) =>
        inputs[0] == inputs[1] || ScalesPlanes(inputs[0], inputs[1])
            ? inputs[0]
            : throw label.Mismatch($"got {inputs[0]} and {inputs[1]}; expected two equal shapes, or [N, C, H, W] and [N, C, 1, 1].");

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options)
    {
        Tensor left = inputs[0], right = inputs[1];
        if (ScalesPlanes(left.Shape, right.Shape))
            ProductKernel.Scale(Planes(left.Shape), Area(left.Shape), left.ReadOnlySpan, right.ReadOnlySpan, output.Span, options);
        else ProductKernel.Multiply(left.ReadOnlySpan, right.ReadOnlySpan, output.Span, options);
    }

    /// <remarks>A factor's gradient is the product's gradient times the other factor, summed over the plane if the factor scales planes.</remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options)
    {
        Tensor left = inputs[0], right = inputs[1];
        if (ScalesPlanes(left.Shape, right.Shape))
        {
            ProductKernel.ScaleBackward(Planes(left.Shape), Area(left.Shape), left.ReadOnlySpan, right.ReadOnlySpan, outputGradient.ReadOnlySpan,
                inputGradients[0].Span, inputGradients[1].Span, options);
            return;
        }
        ProductKernel.MultiplyBackward(right.ReadOnlySpan, outputGradient.ReadOnlySpan, inputGradients[0].Span, options);
        ProductKernel.MultiplyBackward(left.ReadOnlySpan, outputGradient.ReadOnlySpan, inputGradients[1].Span, options);
    }

    private static int Planes(Shape images) => images[0] * images[1];

    private static int Area(Shape images) => images[2] * images[3];
}
