using ResNetManaged.Kernels.Reference.Channels;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations.Channels;

/// <summary>Multiplies each channel of <c>[N, C, H, W]</c> by a number: ConvNeXt's layer scale.</summary>
/// <remarks>Touvron et al. 2021, arXiv:2103.17239, section 2, with a scale for each channel.</remarks>
/// <param name="weight">The factors, <c>[C]</c>.</param>
internal sealed class ScaleOperation(Parameter weight) : Operation
{
    /// <summary>The factors, <c>[C]</c>.</summary>
    public Parameter Weight { get; } = weight;

    /// <inheritdoc/>
    public override string Name => "Scale";

    internal override bool CanOverwriteInput => true;

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        (_, int channels, _, _) = label.Images(inputs[0]);
        return Weight.Shape.Rank == 1 && Weight.Shape[0] == channels
            ? inputs[0]
            : throw label.Mismatch($"input {inputs[0]} has {channels} channels; weight {Weight.Shape} has another number of factors.");
    }

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options)
    {
        Shape shape = output.Shape;
        ScaleKernel.Forward(shape[0], shape[2] * shape[3], inputs[0].ReadOnlySpan, Weight.Value.ReadOnlySpan, output.Span, options);
    }

    /// <remarks>dx = dy * weight; dweight = the sum of dy * x over all images and pixels.</remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options)
    {
        Shape shape = output.Shape;
        ScaleKernel.Backward(shape[0], shape[2] * shape[3], inputs[0].ReadOnlySpan, Weight.Value.ReadOnlySpan, outputGradient.ReadOnlySpan,
            inputGradients[0].Span, parameterGradients.SumOf(Weight), options);
    }
}
