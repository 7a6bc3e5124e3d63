using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations;

/// <summary>Group norm: normalizes each image over each group's channels, H and W; see <see cref="Layers.GroupNorm"/>.</summary>
internal sealed class GroupNormOperation : Operation
{
    internal GroupNormOperation(int groups, int channels, Parameter? weight, Parameter? bias, double eps)
    {
        Groups = groups;
        Channels = channels;
        Weight = weight;
        Bias = bias;
        Eps = eps;
    }

    /// <summary>How many groups the channels are split into.</summary>
    public int Groups { get; }

    /// <summary>Channels of the input, a multiple of <see cref="Groups"/>.</summary>
    public int Channels { get; }

    /// <summary>The scale of each channel; null for 1.</summary>
    public Parameter? Weight { get; }

    /// <summary>The shift of each channel; null for 0.</summary>
    public Parameter? Bias { get; }

    /// <summary>Added to the variance.</summary>
    public double Eps { get; }

    /// <inheritdoc/>
    public override string Name => "GroupNorm";

    internal override bool CanOverwriteInput => true;

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        (_, int channels, _, _) = label.Images(inputs[0]);
        if (channels != Channels) throw label.Mismatch($"input {inputs[0]} has {channels} channels; expected {Channels}.");
        return inputs[0];
    }

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options)
    {
        Tensor input = inputs[0];
        GroupNormKernel.Forward(input.Shape[0], Channels, input.Shape[2] * input.Shape[3], Groups, input.ReadOnlySpan,
            Weight is null ? [] : Weight.Value.ReadOnlySpan, Bias is null ? [] : Bias.Value.ReadOnlySpan, Eps, output.Span, options);
    }

    /// <remarks>
    /// With z = (x - mean) / sqrt(var + eps): dbias = sum(dy) and dweight = sum(dy z) over N, H and W of a channel; with means over the group,
    /// dx = (weight dy - mean(weight dy) - z mean(weight dy z)) / sqrt(var + eps). The chain rule of Ioffe and Szegedy 2015, arXiv:1502.03167,
    /// section 3, over a group instead of a batch. The statistics are recomputed from the same input, to the same bits.
    /// </remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options)
    {
        Tensor input = inputs[0];
        GroupNormKernel.Backward(input.Shape[0], Channels, input.Shape[2] * input.Shape[3], Groups, input.ReadOnlySpan,
            Weight is null ? [] : Weight.Value.ReadOnlySpan, Eps, outputGradient.ReadOnlySpan, inputGradients[0].Span,
            parameterGradients.SumOf(Weight), parameterGradients.SumOf(Bias), options);
    }
}
