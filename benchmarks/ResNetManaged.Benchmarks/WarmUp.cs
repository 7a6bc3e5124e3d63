using System.Diagnostics;

namespace ResNetManaged.Benchmarks;

/// <summary>Calls a computation until the JIT has fully optimized it.</summary>
internal static class WarmUp
{
    /// <summary>Methods not marked for optimization start in tier 0, many times slower, and are recompiled after 30 calls.</summary>
    private const int EnoughCalls = 32;

    /// <summary>The JIT waits until no new method has been called for 100 ms; twice, because it instruments in between.</summary>
    private static readonly TimeSpan EnoughTime = TimeSpan.FromMilliseconds(400);

    /// <summary>A whole network calls its kernels often enough long before its own 32nd call.</summary>
    private static readonly TimeSpan AtMost = TimeSpan.FromMilliseconds(1500);

    /// <summary>Calls <paramref name="action"/> until it is warm.</summary>
    public static void Run(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan elapsed = TimeSpan.Zero;
        for (int calls = 0; elapsed < AtMost && (calls < EnoughCalls || elapsed < EnoughTime); calls++)
        {
            action();
            elapsed = Stopwatch.GetElapsedTime(start);
        }
    }
}
