using System.Globalization;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Benchmarks;

/// <summary>The options of this program: the threads and vector widths that benchmarks use.</summary>
/// <remarks>Read by the benchmarks' parameter sources, which run in this process.</remarks>
internal static class Selection
{
    /// <summary>Thread counts to measure: <c>--threads 1,2</c>.</summary>
    public static int[] Threads { get; private set; } = [1, 2];

    /// <summary>Vector widths to measure: <c>--simd 512,256</c> or <c>--simd all</c>.</summary>
    public static SimdPath[] Simd { get; private set; } = [SimdPath.Auto];

    /// <summary>Removes our options from the command line and leaves BenchmarkDotNet's.</summary>
    /// <exception cref="ArgumentException">An option's value is missing or unknown.</exception>
    public static string[] Parse(string[] args)
    {
        List<string> rest = [];
        for (int i = 0; i < args.Length; i++)
        {
            if (args[i] == "--threads") Threads = ParseThreads(Value(args, ref i));
            else if (args[i] == "--simd") Simd = ParseSimd(Value(args, ref i));
            else rest.Add(args[i]);
        }
        return [.. rest];
    }

    private static string Value(string[] args, ref int i) =>
        i + 1 < args.Length ? args[++i] : throw new ArgumentException($"{args[i]} needs a value.");

    private static int[] ParseThreads(string value) =>
        Array.ConvertAll(value.Split(','), part => int.TryParse(part, CultureInfo.InvariantCulture, out int threads) && threads > 0
            ? threads
            : throw new ArgumentException($"--threads is '{value}'; expected positive numbers separated by commas."));

    private static SimdPath[] ParseSimd(string value) => value == "all"
        ? [.. SimdDispatch.Accelerated]
        : Array.ConvertAll(value.Split(','), part => SimdDispatch.TryParse(part, out SimdPath path)
            ? path
            : throw new ArgumentException($"--simd is '{value}'; expected all, or a comma-separated list of {SimdDispatch.Names}."));
}
