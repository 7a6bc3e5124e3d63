namespace ResNetManaged.Quantization;

/// <summary>What calibration remembers of an activation: the sizes of its numbers, and the first two moments of each channel.</summary>
/// <remarks>Each picture's moments are rounded to fixed point before they are added, so the sums depend neither on the order of pictures nor on threads.</remarks>
internal sealed class ActivationStatistics(int channels)
{
    private const double Fixed = 1 << 20;

    private readonly Int128[] _sums = new Int128[channels], _squares = new Int128[channels];

    public ActivationHistogram Histogram { get; } = new();

    /// <summary>Pictures seen.</summary>
    public int Pictures { get; private set; }

    /// <summary>The mean of a channel.</summary>
    public double Mean(int channel) => (double)_sums[channel] / Fixed / Pictures;

    /// <summary>The mean square of a channel.</summary>
    public double MeanSquare(int channel) => (double)_squares[channel] / Fixed / Pictures;

    /// <summary>The mean square of all channels.</summary>
    public double MeanSquare() => Enumerable.Range(0, channels).Average(MeanSquare);

    /// <summary>Adds one picture's activation.</summary>
    /// <param name="values">Channel by channel.</param>
    public void Add(ReadOnlySpan<float> values)
    {
        Histogram.Add(values);
        Pictures++;
        int area = values.Length / channels;
        for (int c = 0; c < channels; c++)
        {
            double sum = 0, squares = 0;
            foreach (float value in values.Slice(c * area, area))
            {
                sum += value;
                squares += (double)value * value;
            }
            _sums[c] += (Int128)Math.Round(sum / area * Fixed);
            _squares[c] += (Int128)Math.Round(squares / area * Fixed);
        }
    }

    /// <summary>Adds what another has seen.</summary>
    public void Add(ActivationStatistics other)
    {
        Histogram.Add(other.Histogram);
        Pictures += other.Pictures;
        for (int c = 0; c < channels; c++)
        {
            _sums[c] += other._sums[c];
            _squares[c] += other._squares[c];
        }
    }
}
