using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations;

/// <summary>A convolution over the channels of images of one pixel; see <see cref="Layers.ChannelConv1d"/>.</summary>
internal sealed class ChannelConvOperation : Operation
{
    internal ChannelConvOperation(Parameter weight) => Weight = weight;

    /// <summary>The kernel, <c>[1, 1, K]</c>, K odd.</summary>
    public Parameter Weight { get; }

    /// <inheritdoc/>
    public override string Name => "ChannelConv1d";

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        (_, _, int height, int width) = label.Images(inputs[0]);
        return height == 1 && width == 1 ? inputs[0] : throw label.Mismatch($"input {inputs[0]} has planes of {height} x {width}; expected 1 x 1.");
    }

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options) =>
        ChannelConv.Forward(output.Shape[0], inputs[0].ReadOnlySpan, Weight.Value.ReadOnlySpan, output.Span, options);

    /// <remarks>y is linear in x and in w. The gradient of x is the convolution of dy with the reversed kernel.</remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options) =>
        ChannelConv.Backward(output.Shape[0], inputs[0].ReadOnlySpan, Weight.Value.ReadOnlySpan, outputGradient.ReadOnlySpan, inputGradients[0].Span,
            parameterGradients.SumOf(Weight));
}
