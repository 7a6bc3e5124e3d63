using ResNetManaged.Kernels;

namespace ResNetManaged.Tests.Reference;

/// <summary>Two-dimensional convolution by definition: seven loops.</summary>
internal static class ReferenceConv
{
    public static ReferenceSum Forward(in ConvGeometry g, ReadOnlySpan<float> input, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias)
    {
        ReferenceSum output = new(g.OutputLength);
        int inGroup = g.InChannels / g.Groups, outGroup = g.OutChannels / g.Groups;
        int y = 0;
        for (int n = 0; n < g.Batch; n++)
        for (int o = 0; o < g.OutChannels; o++)
        for (int oh = 0; oh < g.Output.Height; oh++)
        for (int ow = 0; ow < g.Output.Width; ow++, y++)
        {
            if (!bias.IsEmpty) output.Add(y, bias[o]);
            for (int i = 0; i < inGroup; i++)
            for (int kh = 0; kh < g.Kernel.Height; kh++)
            for (int kw = 0; kw < g.Kernel.Width; kw++)
            {
                int h = oh * g.Stride.Height - g.Padding.Height + kh * g.Dilation.Height;
                int w = ow * g.Stride.Width - g.Padding.Width + kw * g.Dilation.Width;
                if (h < 0 || h >= g.Input.Height || w < 0 || w >= g.Input.Width) continue;
                int channel = o / outGroup * inGroup + i;
                double x = input[((n * g.InChannels + channel) * g.Input.Height + h) * g.Input.Width + w];
                output.Add(y, x * weight[((o * inGroup + i) * g.Kernel.Height + kh) * g.Kernel.Width + kw]);
            }
        }
        return output;
    }

    /// <summary>What a fused convolution does with its sums: adds a residual, then sets what is negative to 0.</summary>
    public static void Finish(ReferenceSum sums, ReadOnlySpan<float> residual, bool relu)
    {
        for (int i = 0; i < sums.Value.Length; i++)
        {
            if (!residual.IsEmpty) sums.Add(i, residual[i]);
            if (relu) sums.Value[i] = Math.Max(0, sums.Value[i]); // as far off as the sum, at most
        }
    }
}
