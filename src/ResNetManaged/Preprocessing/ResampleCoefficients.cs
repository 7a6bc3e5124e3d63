namespace ResNetManaged.Preprocessing;

/// <summary>The input samples and weights of each output sample along one axis, computed as in PIL's Resample.c.</summary>
/// <remarks>
/// A filter is centered on each output sample; when reducing, it is widened by the scale, which antialiases. Weights sum to 1 and are then rounded to
/// integers with <see cref="FractionBits"/> fractional bits.
/// </remarks>
internal sealed class ResampleCoefficients
{
    /// <summary>The bits that a 32-bit sum of 8-bit samples leaves, less two bits of headroom that PIL keeps for filters that overshoot.</summary>
    public const int FractionBits = 32 - 8 - 2;

    private readonly int[] _starts, _counts, _weights;
    private readonly int _stride;

    private ResampleCoefficients(int outputs, int stride)
    {
        _starts = new int[outputs];
        _counts = new int[outputs];
        _weights = new int[outputs * stride];
        _stride = stride;
    }

    /// <summary>The first input sample that any output reads.</summary>
    public int First => _starts[0];

    /// <summary>One past the last input sample that any output reads.</summary>
    public int End => _starts[^1] + _counts[^1];

    /// <summary>The most input samples that an output reads.</summary>
    public int MaxCount => _counts.Max();

    public int Start(int output) => _starts[output];

    public ReadOnlySpan<int> Weights(int output) => _weights.AsSpan(output * _stride, _counts[output]);

    /// <summary>Coefficients for resizing <paramref name="inputSize"/> samples to <paramref name="outputSize"/>, for outputs [first, first + count) only.</summary>
    public static ResampleCoefficients Create(ResampleFilter filter, int inputSize, int outputSize, int first, int count)
    {
        double scale = (double)inputSize / outputSize;
        double filterScale = Math.Max(scale, 1.0);
        double support = filter.Support * filterScale;
        double inverseScale = 1.0 / filterScale;
        int stride = (int)Math.Ceiling(support) * 2 + 1;
        ResampleCoefficients result = new(count, Math.Min(stride, inputSize));
        double[] weights = new double[Math.Min(stride, inputSize)];
        for (int i = 0; i < count; i++)
        {
            double center = (first + i + 0.5) * scale;
            int start = Math.Max((int)(center - support + 0.5), 0);
            int taps = Math.Min((int)(center + support + 0.5), inputSize) - start;
            double sum = 0;
            for (int x = 0; x < taps; x++)
            {
                weights[x] = filter.WeightAt((x + start - center + 0.5) * inverseScale);
                sum += weights[x];
            }
            result._starts[i] = start;
            result._counts[i] = taps;
            for (int x = 0; x < taps; x++)
            {
                double weight = (sum != 0 ? weights[x] / sum : weights[x]) * (1 << FractionBits);
                result._weights[i * result._stride + x] = (int)(weight < 0 ? weight - 0.5 : weight + 0.5); // rounds
            }
        }
        return result;
    }
}
