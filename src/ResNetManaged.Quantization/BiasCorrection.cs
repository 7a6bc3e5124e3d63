using ResNetManaged.Graphs.Operations;
using ResNetManaged.Plans;
using ResNetManaged.Tensors;

namespace ResNetManaged.Quantization;

/// <summary>Removes the mean error that rounded weights cause in each output channel: the error of its weights times the mean of its input.</summary>
internal static class BiasCorrection
{
    /// <summary>The corrected bias of a layer, or running mean of the batch norm after it; null for a layer without either.</summary>
    public static (StateTensor Target, Tensor Corrected)? Of(PlanNode layer, Tensor exact, Tensor rounded, ActivationStatistics input)
    {
        (StateTensor? target, int sign) = layer switch
        {
            { Operation: Conv2dOperation { Bias: { } bias } } => ((StateTensor?)bias, 1),
            { Operation: LinearOperation { Bias: { } bias } } => (bias, 1),
            _ when layer.Fused<BatchNorm2dOperation>() is { RunningMean: { } mean } => (mean, -1),
            _ => (null, 0),
        };
        if (target is null) return null;
        float[] corrected = target.Value.ReadOnlySpan.ToArray();
        ReadOnlySpan<float> before = exact.ReadOnlySpan, after = rounded.ReadOnlySpan;
        int length = exact.ElementCount / corrected.Length, area = length / exact.Shape[1];
        for (int o = 0; o < corrected.Length; o++)
        {
            int first = LayerNoise.FirstInput(layer, o, exact);
            double error = 0;
            for (int i = 0; i < length; i++) error += ((double)before[o * length + i] - after[o * length + i]) * input.Mean(first + i / area);
            corrected[o] += (float)(sign * error);
        }
        return (target, Tensor.FromArray(corrected, target.Shape));
    }
}
