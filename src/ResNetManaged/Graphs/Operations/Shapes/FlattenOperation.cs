using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations.Shapes;

/// <summary>Joins adjacent dimensions into one; the elements stay where they are.</summary>
internal sealed class FlattenOperation : Operation
{
    internal FlattenOperation(int startDim, int endDim)
    {
        StartDim = startDim;
        EndDim = endDim;
    }

    /// <summary>The first dimension to join; negative counts from the end.</summary>
    public int StartDim { get; }

    /// <summary>The last dimension to join; negative counts from the end.</summary>
    public int EndDim { get; }

    /// <inheritdoc/>
    public override string Name => "Flatten";

    internal override bool IsReshape => true;

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        Shape input = inputs[0];
        int start = label.Dimension(input, StartDim), end = label.Dimension(input, EndDim);
        if (start > end) throw label.Mismatch($"start_dim={StartDim} comes after end_dim={EndDim} in input {input}.");
        long joined = input.Dimensions[start..(end + 1)].Contains(0) ? 0 : 1;
        for (int i = start; i <= end; i++)
        {
            joined *= input[i];
            // Sizes this large occur only with a dimension of 0.
            if (joined > int.MaxValue) throw label.Mismatch($"input {input} joins to a size of more than {int.MaxValue}.");
        }
        return Shape.Create([.. input.Dimensions[..start], (int)joined, .. input.Dimensions[(end + 1)..]]);
    }

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options) =>
        throw new NotSupportedException("A reshape is not executed.");

    /// <remarks>The same elements have the same gradients.</remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options) =>
        ElementwiseKernel.Add(inputGradients[0].ReadOnlySpan, outputGradient.ReadOnlySpan, inputGradients[0].Span, options);
}
