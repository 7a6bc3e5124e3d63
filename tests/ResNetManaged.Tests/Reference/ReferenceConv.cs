using ResNetManaged.Kernels.Convolution;

namespace ResNetManaged.Tests.Reference;

/// <summary>Two-dimensional convolution by definition: seven loops.</summary>
internal static class ReferenceConv
{
    public static ReferenceSum Forward(in ConvGeometry g, ReadOnlySpan<float> input, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias)
    {
        ReferenceSum output = new(g.OutputLength);
        for (int y = 0; y < g.OutputLength && !bias.IsEmpty; y++) output.Add(y, bias[y / g.Output.Area % g.OutChannels]);
        foreach ((int x, int w, int y) in Products(g)) output.Add(y, (double)input[x] * weight[w]);
        return output;
    }

    /// <summary>The gradients of input, weight and bias: each product of the definition contributes its output's gradient.</summary>
    public static (ReferenceSum Input, ReferenceSum Weight, ReferenceSum Bias) Backward(in ConvGeometry g, ReadOnlySpan<float> input,
        ReadOnlySpan<float> weight, ReadOnlySpan<float> outputGradient)
    {
        ReferenceSum ofInput = new(g.InputLength), ofWeight = new(g.WeightLength), ofBias = new(g.OutChannels);
        for (int y = 0; y < g.OutputLength; y++) ofBias.Add(y / g.Output.Area % g.OutChannels, outputGradient[y]);
        foreach ((int x, int w, int y) in Products(g))
        {
            ofInput.Add(x, (double)weight[w] * outputGradient[y]);
            ofWeight.Add(w, (double)input[x] * outputGradient[y]);
        }
        return (ofInput, ofWeight, ofBias);
    }

    /// <summary>The epilogue of a fused convolution: adds a residual, then sets negative results to 0.</summary>
    public static void Finish(ReferenceSum sums, ReadOnlySpan<float> residual, bool relu)
    {
        for (int i = 0; i < sums.Value.Length; i++)
        {
            if (!residual.IsEmpty) sums.Add(i, residual[i]);
            if (relu) sums.Value[i] = Math.Max(0, sums.Value[i]); // at most as far off as the sum
        }
    }

    /// <summary>Enumerates the elements of input and weight that are multiplied, and the output that their product is added to.</summary>
    private static IEnumerable<(int Input, int Weight, int Output)> Products(ConvGeometry g)
    {
        int inGroup = g.InChannels / g.Groups, outGroup = g.OutChannels / g.Groups;
        int y = 0;
        for (int n = 0; n < g.Batch; n++)
            for (int o = 0; o < g.OutChannels; o++)
                for (int oh = 0; oh < g.Output.Height; oh++)
                    for (int ow = 0; ow < g.Output.Width; ow++, y++)
                    {
                        for (int i = 0; i < inGroup; i++)
                            for (int kh = 0; kh < g.Kernel.Height; kh++)
                                for (int kw = 0; kw < g.Kernel.Width; kw++)
                                {
                                    int h = oh * g.Stride.Height - g.Padding.Top + kh * g.Dilation.Height;
                                    int w = ow * g.Stride.Width - g.Padding.Left + kw * g.Dilation.Width;
                                    if (h < 0 || h >= g.Input.Height || w < 0 || w >= g.Input.Width) continue;
                                    int channel = o / outGroup * inGroup + i;
                                    yield return (((n * g.InChannels + channel) * g.Input.Height + h) * g.Input.Width + w,
                                        ((o * inGroup + i) * g.Kernel.Height + kh) * g.Kernel.Width + kw, y);
                                }
                    }
    }
}
