using System.Collections.Concurrent;
using System.Globalization;
using ResNetManaged.Kernels;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Benchmarks.Reporting;

/// <summary>This machine's multiply-add peak with its widest vectors, by number of threads.</summary>
internal static class Peaks
{
    private static readonly ConcurrentDictionary<int, double> Measured = new();

    /// <summary>GFLOP/s, measured once; a multiply-add counts as two operations.</summary>
    public static double Gigaflops(int threads) => Measured.GetOrAdd(threads, Measure);

    /// <summary>Measures again; takes about 0.3 s.</summary>
    public static double Measure(int threads) => MachinePeak.MultiplyAdds(threads, SimdDispatch.Accelerated[0]);

    /// <summary>The peak on every selected number of threads, in words.</summary>
    public static string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"Multiply-add peak ({SimdDispatch.Accelerated[0]}): {string.Join(", ", Selection.Threads.Select(Describe))}");

    private static string Describe(int threads) =>
        string.Create(CultureInfo.InvariantCulture, $"{Gigaflops(threads):F0} GFLOP/s on {threads} thread{(threads == 1 ? "" : "s")}");
}
