using System.Diagnostics;
using System.Globalization;
using ResNetManaged.Benchmarks.Peers;
using ResNetManaged.Benchmarks.Reporting;
using ResNetManaged.Kernels;

namespace ResNetManaged.Benchmarks.Models;

/// <summary><c>compare MODEL</c>: ours and ONNX Runtime take turns in one process, so that whatever else the machine does hits both alike.</summary>
internal static class Comparison
{
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);

    /// <summary>ONNX Runtime's threads look out for work a while after a call; they must not do so in our turn.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private const int FewestCalls = 5;

    /// <summary>Runs the command and prints a line a round and the medians of all calls.</summary>
    /// <param name="args">
    /// The model's name, then <c>--rounds</c> and the options of <see cref="Selection"/>; one thread and seven rounds unless given.
    /// </param>
    /// <exception cref="ArgumentException">The command is not written so.</exception>
    public static void Run(string[] args)
    {
        string[] rest = Selection.Parse(["--threads", "1", .. args]);
        (string model, int rounds) = rest switch
        {
            [string name] => (name, 7),
            [string name, "--rounds", string number] when int.TryParse(number, CultureInfo.InvariantCulture, out int count) && count > 0 =>
                (name, count),
            _ => throw new ArgumentException("usage: compare MODEL [--threads N] [--rounds N] [--simd NAME]"),
        };
        foreach (int threads in Selection.Threads) Compare(model, threads, rounds);
    }

    private static void Compare(string model, int threads, int rounds)
    {
        BenchmarkNetwork network = new(model);
        ExecutionOptions options = new() { Threads = threads, Simd = Selection.Simd[0] };
        using OnnxRuntimePeer peer = new(network.Graph, network.Input, threads);
        Agreement.Check("ONNX Runtime", peer.Run(), network.Module.Forward(network.Input, options).ReadOnlySpan);
        Action ours = () => network.Module.Forward(network.Input, options), theirs = () => peer.Run();
        WarmUp.Run(ours);
        WarmUp.Run(theirs);

        Print($"{model} {network.Input.Shape}, threads {threads}, SIMD {SimdDispatch.Resolve(options.Simd)}");
        Print($"{"",-8} {"ours ms: median",15} {"min",8} {"ONNX Runtime ms: median",25} {"min",8} {"ratio",8}");
        List<double> allOurs = [], allTheirs = [];
        for (int round = 1; round <= rounds; round++)
        {
            List<double> ourTimes = Measure(ours), theirTimes = Measure(theirs);
            allOurs.AddRange(ourTimes);
            allTheirs.AddRange(theirTimes);
            PrintLine($"round {round}", ourTimes, theirTimes);
        }
        PrintLine("all", allOurs, allTheirs);

        long multiplyAdds = WorkCount.Of(network.Graph);
        double peak = MachinePeak.Gigaflops(threads);
        Print($"peak {peak:F0} GFLOP/s; ours {Share(allOurs)}, ONNX Runtime {Share(allTheirs)}, by their medians");

        string Share(List<double> milliseconds)
        {
            double rate = Rate.Gigaflops(multiplyAdds, Median(milliseconds) * 1e6);
            return string.Create(CultureInfo.InvariantCulture, $"{rate:F0} GFLOP/s ({100 * rate / peak:F0} %)");
        }
    }

    private static List<double> Measure(Action action)
    {
        Thread.Sleep(Pause);
        List<double> milliseconds = [];
        long turn = Stopwatch.GetTimestamp();
        while (milliseconds.Count < FewestCalls || Stopwatch.GetElapsedTime(turn) < Turn)
        {
            long start = Stopwatch.GetTimestamp();
            action();
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        return milliseconds;
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static void PrintLine(string label, List<double> ours, List<double> theirs) =>
        Print($"{label,-8} {Median(ours),15:F2} {ours.Min(),8:F2} {Median(theirs),25:F2} {theirs.Min(),8:F2} {Median(ours) / Median(theirs),8:F2}");

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
