using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations;

/// <summary>y = x W^T + bias over the last dimension; see <see cref="Layers.Linear"/>.</summary>
internal sealed class LinearOperation : Operation
{
    internal LinearOperation(Parameter weight, Parameter? bias)
    {
        Weight = weight;
        Bias = bias;
    }

    /// <summary>The matrix, <c>[out, in]</c>.</summary>
    public Parameter Weight { get; }

    /// <summary>The bias, <c>[out]</c>; null if there is none.</summary>
    public Parameter? Bias { get; }

    /// <inheritdoc/>
    public override string Name => "Linear";

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        Shape input = inputs[0];
        if (input.Rank == 0 || input[^1] != Weight.Shape[1])
            throw label.Mismatch($"input {input} does not end in {Weight.Shape[1]} features, which weight {Weight.Shape} expects.");
        return label.Output([.. input.Dimensions[..^1], Weight.Shape[0]]);
    }

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options)
    {
        int outFeatures = Weight.Shape[0];
        LinearForward.Run(output.ElementCount / outFeatures, Weight.Shape[1], outFeatures, inputs[0].ReadOnlySpan,
            Weight.Value.ReadOnlySpan, Bias is null ? [] : Bias.Value.ReadOnlySpan, output.Span, options);
    }

    /// <remarks>dx = dy W, dW = dy^T x, dbias = the sum of dy, over all rows. Rumelhart, Hinton and Williams 1986, equations 6 and 7.</remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options)
    {
        int outFeatures = Weight.Shape[0];
        LinearBackward.Run(output.ElementCount / outFeatures, Weight.Shape[1], outFeatures, inputs[0].ReadOnlySpan, Weight.Value.ReadOnlySpan,
            outputGradient.ReadOnlySpan, inputGradients[0].Span, parameterGradients.SumOf(Weight), parameterGradients.SumOf(Bias), options);
    }
}
