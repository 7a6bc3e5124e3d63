using System.Diagnostics;
using ResNetManaged.Benchmarks.Peers;

namespace ResNetManaged.Benchmarks.Compare;

/// <summary>One library's turn, in which it alone computes.</summary>
internal static class Turn
{
    /// <summary>
    /// The previous library's threads spin for a while, and so occupy a core, before they sleep: ONNX Runtime's for 30 ms after
    /// a call, OpenMP's and ours for less than 5 ms (measured as the process's CPU time while this thread sleeps, on two cores of Zen 5).
    /// </summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Uncounted calls that refill the caches after the pause; at least one.</summary>
    private static readonly TimeSpan Uncounted = TimeSpan.FromMilliseconds(100);

    /// <summary>The fewest calls, however long they take, for a median.</summary>
    private const int FewestCalls = 3;

    /// <summary>Runs a network for the given time and returns the time of each call, in milliseconds.</summary>
    public static IReadOnlyList<double> Take(IPeer peer, TimeSpan duration)
    {
        Thread.Sleep(Pause);
        long start = Stopwatch.GetTimestamp();
        do peer.Run(); while (Stopwatch.GetElapsedTime(start) < Uncounted);

        List<double> milliseconds = [];
        start = Stopwatch.GetTimestamp();
        while (milliseconds.Count < FewestCalls || Stopwatch.GetElapsedTime(start) < duration)
        {
            long call = Stopwatch.GetTimestamp();
            peer.Run();
            milliseconds.Add(Stopwatch.GetElapsedTime(call).TotalMilliseconds);
        }
        return milliseconds;
    }

    /// <summary>The middle value, or the mean of the two middle values.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
