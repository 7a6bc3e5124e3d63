using System.Diagnostics;
using ResNetManaged.Models;

namespace ResNetManaged.Cli.Measuring;

/// <summary>The time of a call, measured over many calls after a warm-up.</summary>
internal sealed class Latency
{
    private const double WarmUpShare = 0.2; // of the measuring time
    private const int LeastWarmUpCalls = 2;
    private const int LeastCalls = 3;
    private const int MostCallsExpected = 1 << 24;

    private readonly double[] _sortedMilliseconds;

    private Latency(double firstMilliseconds, List<double> milliseconds, long allocatedBytes)
    {
        FirstMilliseconds = firstMilliseconds;
        _sortedMilliseconds = [.. milliseconds.Order()];
        AllocatedBytesPerCall = allocatedBytes / milliseconds.Count;
    }

    /// <summary>The first call, which compiles code and fills caches.</summary>
    public double FirstMilliseconds { get; }

    public long AllocatedBytesPerCall { get; }

    public int Iterations => _sortedMilliseconds.Length;

    public double MedianMilliseconds => Percentile(0.5);

    /// <summary>A quantile of the calls' times, interpolated linearly; 0 gives the minimum.</summary>
    public double Percentile(double share)
    {
        double place = share * (_sortedMilliseconds.Length - 1);
        int below = (int)place, above = Math.Min(below + 1, _sortedMilliseconds.Length - 1);
        return double.Lerp(_sortedMilliseconds[below], _sortedMilliseconds[above], place - below);
    }

    /// <summary>Measures for about <paramref name="seconds"/> seconds, but at least a few calls.</summary>
    public static Latency Measure(Action call, double seconds, CancellationToken cancellation)
    {
        double first = Time(call);
        List<double> milliseconds = [];
        Repeat(call, seconds * WarmUpShare, LeastWarmUpCalls, milliseconds, cancellation);

        EarlyCompilation.Work.Wait(cancellation);
        // The list is allocated up front: it must not grow while allocations are counted.
        int expected = (int)Math.Min(MostCallsExpected, 2000 * seconds / milliseconds.Min()) + LeastCalls;
        milliseconds = new List<double>(expected);
        long allocatedBefore = GC.GetTotalAllocatedBytes(precise: true);
        Repeat(call, seconds, LeastCalls, milliseconds, cancellation);
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - allocatedBefore;
        return new Latency(first, milliseconds, allocated);
    }

    private static void Repeat(Action call, double seconds, int least, List<double> milliseconds, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        while (milliseconds.Count < least || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            cancellation.ThrowIfCancellationRequested();
            milliseconds.Add(Time(call));
        }
    }

    private static double Time(Action call)
    {
        long start = Stopwatch.GetTimestamp();
        call();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
