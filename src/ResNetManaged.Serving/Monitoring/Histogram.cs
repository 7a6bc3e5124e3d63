namespace ResNetManaged.Serving.Monitoring;

/// <summary>Counts values in buckets. Not thread-safe.</summary>
/// <param name="bounds">The buckets' inclusive upper bounds, ascending; a final bucket up to infinity is implied.</param>
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

    /// <summary>The number of values up to each bound, and up to infinity.</summary>
    public IEnumerable<long> Cumulative()
    {
        long sum = 0;
        foreach (long count in _counts) yield return sum += count;
    }
}
