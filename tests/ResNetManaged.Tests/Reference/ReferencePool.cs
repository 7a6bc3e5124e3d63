using ResNetManaged.Kernels.Pooling;

namespace ResNetManaged.Tests.Reference;

/// <summary>Pooling as defined in PyTorch's documentation.</summary>
internal static class ReferencePool
{
    public static double[] Max(in PoolGeometry g, float[] input)
    {
        PoolGeometry geometry = g;
        return ForEachOutput(g, (plane, oh, ow) =>
        {
            double maximum = double.NegativeInfinity;
            for (int kh = 0; kh < geometry.Kernel.Height; kh++)
                for (int kw = 0; kw < geometry.Kernel.Width; kw++)
                {
                    int h = oh * geometry.Stride.Height - geometry.Padding.Top + kh * geometry.Dilation.Height;
                    int w = ow * geometry.Stride.Width - geometry.Padding.Left + kw * geometry.Dilation.Width;
                    if (h < 0 || h >= geometry.Input.Height || w < 0 || w >= geometry.Input.Width) continue;
                    double value = input[(plane * geometry.Input.Height + h) * geometry.Input.Width + w];
                    if (double.IsNaN(value) || value > maximum) maximum = value;
                    if (double.IsNaN(maximum)) return maximum;
                }
            return maximum;
        });
    }

    public static ReferenceSum Average(in PoolGeometry g, bool countIncludePad, float[] input)
    {
        PoolGeometry geometry = g;
        ReferenceSum result = new(g.OutputLength);
        int index = 0;
        ForEachOutput(g, (plane, oh, ow) =>
        {
            double inside = 0, padded = 0, sum = 0, magnitude = 0;
            for (int kh = 0; kh < geometry.Kernel.Height; kh++)
                for (int kw = 0; kw < geometry.Kernel.Width; kw++)
                {
                    int h = oh * geometry.Stride.Height - geometry.Padding.Top + kh;
                    int w = ow * geometry.Stride.Width - geometry.Padding.Left + kw;
                    if (h >= geometry.Input.Height + geometry.Padding.Bottom || w >= geometry.Input.Width + geometry.Padding.Right) continue;
                    padded++;
                    if (h < 0 || h >= geometry.Input.Height || w < 0 || w >= geometry.Input.Width) continue;
                    inside++;
                    double value = input[(plane * geometry.Input.Height + h) * geometry.Input.Width + w];
                    sum += value;
                    magnitude += Math.Abs(value);
                }
            double count = countIncludePad ? padded : inside;
            result.Magnitude[index] = magnitude / count;
            return result.Value[index++] = sum / count;
        });
        return result;
    }

    private static double[] ForEachOutput(PoolGeometry g, Func<int, int, int, double> compute)
    {
        List<double> output = [];
        for (int plane = 0; plane < g.Planes; plane++)
            for (int oh = 0; oh < g.Output.Height; oh++)
                for (int ow = 0; ow < g.Output.Width; ow++) output.Add(compute(plane, oh, ow));
        return [.. output];
    }
}
