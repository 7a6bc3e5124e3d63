namespace ResNetManaged.Quantization;

/// <summary>Counts numbers by size, in bins that are 1/512 of a power of two wide, so that no range has to be known beforehand.</summary>
/// <remarks>Counts are integers, so the result depends neither on the order of the numbers nor on threads.</remarks>
internal sealed class ActivationHistogram
{
    private const int FractionBits = 9, ShiftOut = 23 - FractionBits, Bias = 127;
    private const int SmallestExponent = -24, LargestExponent = 24;
    private const int Bins = (LargestExponent - SmallestExponent) << FractionBits, FirstBin = (SmallestExponent + Bias) << FractionBits;

    private readonly long[] _positive = new long[Bins], _negative = new long[Bins];

    /// <summary>The smallest number seen; 0 if all were above.</summary>
    public float Min { get; private set; }

    /// <summary>The largest number seen; 0 if all were below.</summary>
    public float Max { get; private set; }

    /// <summary>Numbers seen, zeros included.</summary>
    public long Count { get; private set; }

    /// <summary>The bins that hold any numbers other than 0, from the most negative to the most positive: a number in the middle of each, and how many.</summary>
    public IReadOnlyList<(float Value, long Count)> NonZero()
    {
        List<(float, long)> bins = [];
        for (int i = Bins - 1; i >= 0; i--) if (_negative[i] > 0) bins.Add((-Middle(i), _negative[i]));
        for (int i = 0; i < Bins; i++) if (_positive[i] > 0) bins.Add((Middle(i), _positive[i]));
        return bins;
    }

    /// <summary>Counts numbers.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        Count += values.Length;
        float min = Min, max = Max;
        foreach (float value in values)
        {
            if (value == 0) continue;
            if (value > max) max = value;
            if (value < min) min = value;
            int bits = BitConverter.SingleToInt32Bits(value);
            int bin = Math.Clamp(((bits & int.MaxValue) >> ShiftOut) - FirstBin, 0, Bins - 1);
            if (bits > 0) _positive[bin]++;
            else _negative[bin]++;
        }
        (Min, Max) = (min, max);
    }

    /// <summary>Adds the counts of another.</summary>
    public void Add(ActivationHistogram other)
    {
        for (int i = 0; i < Bins; i++)
        {
            _positive[i] += other._positive[i];
            _negative[i] += other._negative[i];
        }
        (Min, Max, Count) = (Math.Min(Min, other.Min), Math.Max(Max, other.Max), Count + other.Count);
    }

    private static float Middle(int bin) => BitConverter.Int32BitsToSingle(((bin + FirstBin) << ShiftOut) + (1 << (ShiftOut - 1)));
}
