using ResNetManaged.Kernels.Quantized;

namespace ResNetManaged.Quantization;

/// <summary>Chooses the range of an activation.</summary>
internal static class RangeChooser
{
    private const double Outermost = 1e-4; // the share of numbers that a percentile leaves out on each side
    private const int Candidates = 100; // of clipping, in percent of the whole range

    /// <summary>Chooses a range.</summary>
    /// <param name="histogram">The activation's numbers.</param>
    /// <param name="method">How to choose.</param>
    /// <param name="max">The largest byte.</param>
    public static QuantizedRange Choose(ActivationHistogram histogram, CalibrationMethod method, int max)
    {
        (float low, float high) = (histogram.Min, histogram.Max);
        IReadOnlyList<(float Value, long Count)> bins = histogram.NonZero();
        if (bins.Count == 0) return new QuantizedRange(1, 0, max);
        switch (method)
        {
            case CalibrationMethod.Percentile:
                return Of(Math.Min(0, Quantile(bins, histogram.Count)), Math.Max(0, -Quantile([.. bins.Reverse().Select(bin => (-bin.Value, bin.Count))], histogram.Count)), max);
            case CalibrationMethod.MeanSquareError: return Best(low, high, max, range => SquareError(bins, range));
            case CalibrationMethod.Entropy: return Best(low, high, max, range => Divergence(bins, histogram.Count, range));
            default: return Of(low, high, max);
        }
    }

    /// <summary>The range of bytes from a number up to another; 0 is among them and stands for itself.</summary>
    public static QuantizedRange Of(float low, float high, int max)
    {
        float scale = (high - low) / max;
        if (!(scale > 0) || !float.IsFinite(scale)) return new QuantizedRange(1, 0, max);
        return new QuantizedRange(scale, (int)Math.Clamp(MathF.Round(-low / scale), 0, max), max);
    }

    private static QuantizedRange Best(float low, float high, int max, Func<QuantizedRange, double> cost)
    {
        QuantizedRange best = Of(low, high, max);
        double least = cost(best);
        for (int i = Candidates - 1; i >= 10; i--)
        {
            float share = i / (float)Candidates;
            QuantizedRange range = Of(low * share, high * share, max);
            double costs = cost(range);
            if (costs < least) (best, least) = (range, costs);
        }
        return best;
    }

    /// <summary>The mean square error of numbers as bytes of a range.</summary>
    public static double MeanSquareError(ActivationHistogram histogram, QuantizedRange range) => SquareError(histogram.NonZero(), range) / Math.Max(1, histogram.Count);

    private static double SquareError(IReadOnlyList<(float Value, long Count)> bins, QuantizedRange range)
    {
        double sum = 0;
        float inverse = 1 / range.Scale, low = -range.ZeroPoint, high = range.Max - range.ZeroPoint;
        foreach ((float value, long count) in bins)
        {
            double error = value - Math.Clamp(MathF.Round(value * inverse), low, high) * (double)range.Scale;
            sum += count * error * error;
        }
        return sum;
    }

    /// <summary>
    /// The divergence of the numbers' distribution from that of their bytes, each byte's share spread evenly over its numbers; clipped numbers count as the
    /// outermost ones.
    /// </summary>
    private static double Divergence(IReadOnlyList<(float Value, long Count)> bins, long total, QuantizedRange range)
    {
        long[] counts = new long[range.Max + 1], used = new long[range.Max + 1];
        int Byte(float value) => (int)Math.Clamp(MathF.Round(value / range.Scale), -range.ZeroPoint, range.Max - range.ZeroPoint) + range.ZeroPoint;
        float lowest = (-range.ZeroPoint - 0.5f) * range.Scale, highest = (range.Max - range.ZeroPoint + 0.5f) * range.Scale;
        long clippedLow = 0, clippedHigh = 0;
        foreach ((float value, long count) in bins)
        {
            if (value < lowest) clippedLow += count;
            else if (value > highest) clippedHigh += count;
            else
            {
                counts[Byte(value)] += count; // what the bytes' distribution knows: clipped numbers are lost to it
                used[Byte(value)]++;
            }
        }
        double divergence = 0, kept = Math.Max(1, total - clippedLow - clippedHigh);
        bool first = true;
        (float Value, long Count) last = default;
        foreach ((float value, long count) in bins)
        {
            if (value < lowest || value > highest) continue;
            if (last.Count > 0) divergence += Term(last, 0);
            last = (value, count + (first ? clippedLow : 0));
            first = false;
        }
        if (last.Count > 0) divergence += Term(last, clippedHigh);
        return divergence;

        double Term((float Value, long Count) bin, long clipped)
        {
            int index = Byte(bin.Value);
            double p = (bin.Count + clipped) / (double)total, q = counts[index] / (double)used[index] / kept;
            return q > 0 ? p * Math.Log(p / q) : p * 50;
        }
    }

    /// <summary>The number below which lies the outermost share.</summary>
    private static float Quantile(IReadOnlyList<(float Value, long Count)> bins, long total)
    {
        long left = (long)(total * Outermost);
        foreach ((float value, long count) in bins)
        {
            left -= count;
            if (left < 0) return value;
        }
        return bins[^1].Value;
    }
}
