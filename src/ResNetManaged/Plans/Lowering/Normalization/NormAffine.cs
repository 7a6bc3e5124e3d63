using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering.Normalization;

/// <summary>A batch norm with running statistics, as y = x * scale + shift for each channel.</summary>
internal static class NormAffine
{
    /// <summary>scale = gamma / sqrt(var + eps), shift = beta - mean * scale.</summary>
    public static void Of(BatchNorm2dOperation norm, Span<double> scale, Span<double> shift)
    {
        ReadOnlySpan<float> mean = norm.RunningMean!.Value.ReadOnlySpan, variance = norm.RunningVar!.Value.ReadOnlySpan;
        ReadOnlySpan<float> gamma = norm.Weight is null ? [] : norm.Weight.Value.ReadOnlySpan;
        ReadOnlySpan<float> beta = norm.Bias is null ? [] : norm.Bias.Value.ReadOnlySpan;
        for (int c = 0; c < scale.Length; c++)
        {
            scale[c] = (gamma.IsEmpty ? 1.0 : gamma[c]) / Math.Sqrt(variance[c] + norm.Eps);
            shift[c] = (beta.IsEmpty ? 0.0 : beta[c]) - mean[c] * scale[c];
        }
    }

    /// <summary>Scale and shift for each channel of the blocks, in float32, as weights and bias.</summary>
    public static PackedWeights Pack(BatchNorm2dOperation norm)
    {
        int channels = ChannelBlock.Count(norm.Channels) * ChannelBlock.Size;
        PackedWeights packed = new(channels, channels);
        double[] scale = new double[norm.Channels], shift = new double[norm.Channels];
        Of(norm, scale, shift);
        packed.WeightSpan.Clear();
        packed.BiasSpan.Clear();
        for (int c = 0; c < norm.Channels; c++) (packed.WeightSpan[c], packed.BiasSpan[c]) = ((float)scale[c], (float)shift[c]);
        return packed;
    }

    /// <summary>Copies a scale and a shift for each channel of the blocks; without parameters, 1 and 0.</summary>
    public static PackedWeights Copy(int channels, Parameter? weight, Parameter? bias)
    {
        int padded = ChannelBlock.Count(channels) * ChannelBlock.Size;
        PackedWeights packed = new(padded, padded);
        packed.WeightSpan.Clear();
        packed.BiasSpan.Clear();
        if (weight is null) packed.WeightSpan[..channels].Fill(1);
        else weight.Value.ReadOnlySpan.CopyTo(packed.WeightSpan);
        bias?.Value.ReadOnlySpan.CopyTo(packed.BiasSpan);
        return packed;
    }
}
