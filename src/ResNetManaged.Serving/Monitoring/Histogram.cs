namespace ResNetManaged.Serving.Monitoring;

/// <summary>How often values fell below each of some bounds. Not safe for several threads.</summary>
/// <param name="bounds">Upper bounds, ascending; a last one, infinity, is implied.</param>
internal sealed class Histogram(ReadOnlySpan<double> bounds)
{
    private readonly double[] _bounds = bounds.ToArray();
    private readonly long[] _counts = new long[bounds.Length + 1];

    public IReadOnlyList<double> Bounds => _bounds;

    public double Sum { get; private set; }

    public void Add(double value)
    {
        int bucket = Array.FindIndex(_bounds, bound => value <= bound);
        _counts[bucket < 0 ? _bounds.Length : bucket]++;
        Sum += value;
    }

    /// <summary>For each bound and for infinity, the number of values up to it.</summary>
    public IEnumerable<long> Cumulative()
    {
        long sum = 0;
        foreach (long count in _counts) yield return sum += count;
    }
}
