using ResNetManaged.Kernels.Convolution;

namespace ResNetManaged.Tests.Reference;

/// <summary>A convolution's gradients by definition: each product x w of the forward pass adds dY w to dX and dY x to dW.</summary>
internal static class ReferenceConvGradient
{
    public static ReferenceSum Weight(in ConvGeometry g, float[] input, float[] gradient)
    {
        ReferenceSum result = new(g.WeightLength);
        ForEach(g, (x, w, y) => result.Add(w, (double)input[x] * gradient[y]));
        return result;
    }

    public static ReferenceSum Data(in ConvGeometry g, float[] weight, float[] gradient)
    {
        ReferenceSum result = new(g.InputLength);
        ForEach(g, (x, w, y) => result.Add(x, (double)weight[w] * gradient[y]));
        return result;
    }

    /// <summary>Calls an action with the indices of input, weight and output of every product.</summary>
    private static void ForEach(in ConvGeometry g, Action<int, int, int> product)
    {
        int inGroup = g.InChannels / g.Groups, outGroup = g.OutChannels / g.Groups;
        int y = 0;
        for (int n = 0; n < g.Batch; n++)
            for (int o = 0; o < g.OutChannels; o++)
                for (int oh = 0; oh < g.Output.Height; oh++)
                    for (int ow = 0; ow < g.Output.Width; ow++, y++)
                        for (int i = 0; i < inGroup; i++)
                            for (int kh = 0; kh < g.Kernel.Height; kh++)
                                for (int kw = 0; kw < g.Kernel.Width; kw++)
                                {
                                    int h = oh * g.Stride.Height - g.Padding.Top + kh * g.Dilation.Height;
                                    int w = ow * g.Stride.Width - g.Padding.Left + kw * g.Dilation.Width;
                                    if (h < 0 || h >= g.Input.Height || w < 0 || w >= g.Input.Width) continue;
                                    int channel = o / outGroup * inGroup + i;
                                    product(((n * g.InChannels + channel) * g.Input.Height + h) * g.Input.Width + w,
                                        ((o * inGroup + i) * g.Kernel.Height + kh) * g.Kernel.Width + kw, y);
                                }
    }
}
