using ResNetManaged.Kernels.Reference.Channels;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations.Channels;

/// <summary>Layer norm over the channels of each pixel of <c>[N, C, H, W]</c>: ConvNeXt's LayerNorm2d.</summary>
/// <remarks>Ba, Kiros and Hinton 2016, "Layer normalization", arXiv:1607.06450, equation 3, with the biased variance.</remarks>
/// <param name="channels">C.</param>
/// <param name="weight">The scale of each channel, <c>[C]</c>; null for 1.</param>
/// <param name="bias">The shift of each channel, <c>[C]</c>; null for 0.</param>
/// <param name="eps">Added to the variance.</param>
internal sealed class ChannelNormOperation(int channels, Parameter? weight, Parameter? bias, double eps) : Operation
{
    /// <summary>C.</summary>
    public int Channels { get; } = channels;

    /// <summary>The scale of each channel; null for 1.</summary>
    public Parameter? Weight { get; } = weight;

    /// <summary>The shift of each channel; null for 0.</summary>
    public Parameter? Bias { get; } = bias;

    /// <summary>Added to the variance.</summary>
    public double Eps { get; } = eps;

    /// <inheritdoc/>
    public override string Name => "ChannelNorm";

    internal override bool CanOverwriteInput => true;

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        (_, int channels, _, _) = label.Images(inputs[0]);
        return channels == Channels ? inputs[0] : throw label.Mismatch($"input {inputs[0]} has {channels} channels; expected {Channels}.");
    }

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options)
    {
        Tensor input = inputs[0];
        ChannelNormKernel.Forward(input.Shape[0], Channels, input.Shape[2] * input.Shape[3], input.ReadOnlySpan,
            Weight is null ? [] : Weight.Value.ReadOnlySpan, Bias is null ? [] : Bias.Value.ReadOnlySpan, Eps, output.Span, options);
    }

    /// <remarks>
    /// With z = (x - mean) / sqrt(var + eps): dbias = sum(dy) and dweight = sum(dy z) over N, H and W of a channel; with means over a pixel's
    /// channels, dx = (weight dy - mean(weight dy) - z mean(weight dy z)) / sqrt(var + eps). The chain rule of Ioffe and Szegedy 2015,
    /// arXiv:1502.03167, section 3, over channels instead of a batch. The statistics are recomputed from the same input, to the same bits.
    /// </remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options)
    {
        Tensor input = inputs[0];
        ChannelNormKernel.Backward(input.Shape[0], Channels, input.Shape[2] * input.Shape[3], input.ReadOnlySpan,
            Weight is null ? [] : Weight.Value.ReadOnlySpan, Eps, outputGradient.ReadOnlySpan, inputGradients[0].Span,
            parameterGradients.SumOf(Weight), parameterGradients.SumOf(Bias), options);
    }
}
