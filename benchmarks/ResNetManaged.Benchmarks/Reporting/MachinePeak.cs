using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Benchmarks.Reporting;

/// <summary>This machine's multiply-add peak with its widest vectors, by number of threads.</summary>
internal static class MachinePeak
{
    private const int Samples = 1000;

    /// <summary>Half a millisecond on a core with 512-bit vectors: shorter than a time slice, so that some samples are not interrupted.</summary>
    private const long MultiplyAddsPerSample = 1 << 26;

    private static readonly ConcurrentDictionary<int, double> Measured = new();

    /// <summary>GFLOP/s, a multiply-add counting as two, measured once a run.</summary>
    public static double Gigaflops(int threads) => Measured.GetOrAdd(threads, Measure);

    /// <summary>The peak on every number of threads that is to be measured, in words.</summary>
    public static string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"Multiply-add peak ({SimdDispatch.Accelerated[0]}): {string.Join(", ", Selection.Threads.Select(Describe))}");

    private static string Describe(int threads) =>
        string.Create(CultureInfo.InvariantCulture, $"{Gigaflops(threads):F0} GFLOP/s on {threads} thread{(threads == 1 ? "" : "s")}");

    /// <summary>Measures now, for half a second at most: the best of many short samples.</summary>
    public static double Measure(int threads)
    {
        double best = double.PositiveInfinity;
        for (int i = 0; i < Samples; i++)
        {
            long start = Stopwatch.GetTimestamp();
            MultiplyAddLoop.Run(SimdDispatch.Accelerated[0], threads, MultiplyAddsPerSample);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds);
        }
        return Rate.Gigaflops(MultiplyAddsPerSample, best);
    }
}
