using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations;

/// <summary>Concatenates tensors along their channels, dimension 1; all other dimensions are equal.</summary>
internal sealed class ConcatOperation : Operation
{
    private ConcatOperation() { }

    /// <inheritdoc/>
    public override string Name => "Concat";

    internal static ConcatOperation Instance { get; } = new();

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        Shape first = inputs[0];
        if (first.Rank < 2) throw label.Mismatch($"input {first} has {first.Rank} dimensions; expected at least 2, [N, C, ...].");
        long channels = 0;
        foreach (Shape input in inputs)
        {
            if (input.Rank != first.Rank || input.With(1, first[1]) != first)
                throw label.Mismatch($"got {first} and {input}; expected shapes that differ only in dimension 1.");
            channels += input[1];
        }
        if (channels > int.MaxValue) throw label.Mismatch($"the inputs have {channels} channels in total; at most {int.MaxValue} are possible.");
        return label.Output([first[0], (int)channels, .. first.Dimensions[2..]]);
    }

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options)
    {
        int first = 0;
        foreach (Tensor input in inputs)
        {
            ConcatKernel.Forward(input.Shape[0], first, input.ReadOnlySpan, output.Span);
            first += ElementsPerImage(input.Shape);
        }
    }

    /// <remarks>Each operand's gradient is its slice of the output's gradient.</remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options)
    {
        int first = 0;
        foreach (Tensor gradient in inputGradients)
        {
            ConcatKernel.Backward(gradient.Shape[0], first, outputGradient.ReadOnlySpan, gradient.Span);
            first += ElementsPerImage(gradient.Shape);
        }
    }

    private static int ElementsPerImage(Shape shape) => shape.ElementCount / Math.Max(1, shape[0]);
}
