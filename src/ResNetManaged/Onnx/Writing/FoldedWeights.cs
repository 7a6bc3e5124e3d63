using ResNetManaged.Graphs.Operations;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Writing;

/// <summary>The weights of a convolution as they are multiplied: standardized, and with a batch norm folded in.</summary>
internal static class FoldedWeights
{
    /// <summary>The weights and the bias; null where the convolution's own are used.</summary>
    /// <param name="conv">The convolution.</param>
    /// <param name="norm">The batch norm after it, with running statistics; null for none.</param>
    public static (Tensor? Weight, Tensor? Bias) Of(Conv2dOperation conv, BatchNorm2dOperation? norm)
    {
        if (norm is null && conv.StandardizationEps is null) return (null, null);
        Shape shape = conv.Weight.Shape;
        Tensor weight = Tensor.FromSpan(conv.UsedWeight(conv.Weight.Value.ReadOnlySpan), shape);
        if (norm is null) return (weight, null);
        Tensor bias = Tensor.Zeros([shape[0]]);
        int length = shape.ElementCount / shape[0];
        for (int channel = 0; channel < shape[0]; channel++)
        {
            double scale = (norm.Weight?.Value.ReadOnlySpan[channel] ?? 1) / Math.Sqrt(norm.RunningVar!.Value.ReadOnlySpan[channel] + norm.Eps);
            foreach (ref float element in weight.Span.Slice(channel * length, length)) element = (float)(element * scale);
            double moved = (conv.Bias?.Value.ReadOnlySpan[channel] ?? 0) - (double)norm.RunningMean!.Value.ReadOnlySpan[channel];
            bias.Span[channel] = (float)(moved * scale + (norm.Bias?.Value.ReadOnlySpan[channel] ?? 0));
        }
        return (weight, bias);
    }
}
