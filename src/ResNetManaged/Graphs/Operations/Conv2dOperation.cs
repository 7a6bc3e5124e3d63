using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations;

/// <summary>A 2-D convolution; see <see cref="Layers.Conv2d"/>.</summary>
internal sealed class Conv2dOperation : Operation
{
    internal Conv2dOperation(Parameter weight, Parameter? bias, Size2D stride, Padding2D padding, Size2D dilation, int groups)
    {
        Weight = weight;
        Bias = bias;
        Stride = stride;
        Padding = padding;
        Dilation = dilation;
        Groups = groups;
    }

    /// <summary>The kernels, OIHW: <c>[out, in / groups, kH, kW]</c>.</summary>
    public Parameter Weight { get; }

    /// <summary>The bias, <c>[out]</c>; null if there is none.</summary>
    public Parameter? Bias { get; }

    /// <summary>The step between outputs.</summary>
    public Size2D Stride { get; }

    /// <summary>Zeros around each plane.</summary>
    public Padding2D Padding { get; }

    /// <summary>The step between kernel taps.</summary>
    public Size2D Dilation { get; }

    /// <summary>The number of independent convolutions that the channels are split into.</summary>
    public int Groups { get; }

    /// <summary>What is added to the variance when each output channel's weights are standardized before use; null if they are not.</summary>
    public double? StandardizationEps { get; init; }

    /// <inheritdoc/>
    public override string Name => "Conv2d";

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        Shape input = inputs[0];
        (int n, int channels, _, _) = label.Images(input);
        int expected = Weight.Shape[1] * Groups;
        if (channels != expected)
        {
            throw label.Mismatch(
                $"input {input} has {channels} channels; weight {Weight.Shape} with groups={Groups} expects {expected}.");
        }
        Size2D output = label.Compute(() => Geometry(input).Output);
        return [n, Weight.Shape[0], output.Height, output.Width];
    }

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options) =>
        Im2ColConv.Forward(Geometry(inputs[0].Shape), inputs[0].ReadOnlySpan, UsedWeight(Weight.Value.ReadOnlySpan),
            Bias is null ? [] : Bias.Value.ReadOnlySpan, output.Span, options);

    /// <remarks>
    /// y is linear in each of W, x and bias. With p the pixel that output o reads through kernel element k: dW[k] = the sum of dy[o] x[p] over all o,
    /// dx[p] = the sum of dy[o] W[k] over all o and k that read p, dbias = the sum of dy. Goodfellow, Bengio and Courville 2016, section 9.5.
    /// </remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options)
    {
        ReadOnlySpan<float> weight = Weight.Value.ReadOnlySpan;
        Span<float> weightGradient = parameterGradients.SumOf(Weight);
        Span<float> usedGradient = StandardizationEps is null || weightGradient.IsEmpty ? weightGradient : new float[weight.Length];
        ConvBackward.Run(Geometry(inputs[0].Shape), inputs[0].ReadOnlySpan, UsedWeight(weight), outputGradient.ReadOnlySpan,
            inputGradients[0].Span, usedGradient, parameterGradients.SumOf(Bias), options);
        if (StandardizationEps is double eps && !weightGradient.IsEmpty)
            WeightStandardization.Gradient(Weight.Shape[0], weight, eps, usedGradient, weightGradient);
    }

    /// <summary>The weights that are multiplied: standardized ones if the convolution has them.</summary>
    internal ReadOnlySpan<float> UsedWeight(ReadOnlySpan<float> weight)
    {
        if (StandardizationEps is not double eps) return weight;
        float[] standardized = new float[weight.Length];
        WeightStandardization.Run(Weight.Shape[0], weight, eps, standardized);
        return standardized;
    }

    /// <summary>The convolution's sizes for one input shape.</summary>
    internal ConvGeometry Geometry(Shape input) => new(input[0], input[1], new Size2D(input[2], input[3]), Weight.Shape[0],
        new Size2D(Weight.Shape[2], Weight.Shape[3]), Stride, Padding, Dilation, Groups);
}
