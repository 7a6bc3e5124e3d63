using System.Globalization;
using ResNetManaged.Benchmarks.Models;
using ResNetManaged.Benchmarks.Peers;
using ResNetManaged.Benchmarks.Reporting;

namespace ResNetManaged.Benchmarks.Compare;

/// <summary><c>compare</c>: this library and its peers take turns in one process, so that other load on the machine affects all alike.</summary>
internal static class CompareCommand
{
    /// <summary>The peak of n threads divided by n times the peak of one; below this ratio, the cores were not free.</summary>
    private const double FreeCores = 0.9;

    /// <summary>The gradients with respect to weights and to activations each cost as much as the output.</summary>
    private const int PassesOfTraining = 3;

    /// <summary>Training steps before outputs are compared: a wrong gradient or update shows from the second step on.</summary>
    private const int ComparedSteps = 3;

    /// <summary>Measures and prints every row, and saves it if requested.</summary>
    public static void Run(CompareOptions options)
    {
        Contender[] contenders = [options.Train ? Contender.OurTraining : Contender.Ours, .. options.Peers];
        SortedDictionary<string, string> versions = new(contenders.ToDictionary(contender => contender.Key, contender => contender.Version()))
        {
            ["dotnet"] = Environment.Version.ToString(),
        };
        CompareMachine machine = CompareMachine.Current();
        Print($"{machine.Cpu}, {machine.Cores} cores, SIMD {machine.Simd}, allocator {machine.Allocator}");
        Print($"{string.Join(", ", versions.Select(version => $"{version.Key} {version.Value}"))}");

        foreach (string model in options.Models)
        {
            foreach (int batch in options.Batches.Select(batch => CompareOptions.BatchOf(model, batch)))
            {
                foreach (int threads in Selection.Threads)
                {
                    BenchmarkNetwork network = new(model, batch, options.Train); // a new one: training changes it
                    CompareRow row = Measure(network, model, threads, contenders, options);
                    Print(row, contenders);
                    if (options.Output is null) continue;
                    new CompareResults(row.Date, machine, versions, [row]).Write(options.Output, options.Kind);
                }
            }
        }
    }

    private static CompareRow Measure(
        BenchmarkNetwork network, string model, int threads, Contender[] contenders, CompareOptions options)
    {
        int batch = network.Input.Shape[0];
        Print($"\n{model} {network.Input.Shape}, threads {threads}{(options.Train ? ", training" : "")}");
        IPeer[] peers = [.. contenders.Select(contender => contender.Create(network, threads))];
        try
        {
            for (int step = 1; options.Train && step < ComparedSteps; step++)
                foreach (IPeer peer in peers) peer.Run();
            float[][] outputs = Array.ConvertAll(peers, peer => peer.Run().ToArray());
            double[] differences = [.. contenders.Select((contender, i) => Agreement.Check($"{contender.Name}'s {model}", outputs[i], outputs[0]))];
            foreach (IPeer peer in peers) WarmUp.Run(() => peer.Run());

            SortedDictionary<int, double> peakBefore = MeasurePeaks(threads);
            OtherProcesses others = new();
            List<IReadOnlyList<double>>[] turns = [.. peers.Select(_ => new List<IReadOnlyList<double>>())];
            for (int round = 1; round <= options.Rounds; round++)
            {
                for (int i = 0; i < peers.Length; i++) turns[i].Add(Turn.Take(peers[i], options.Turn));
                IEnumerable<string> medians = contenders.Select((contender, i) => $"{contender.Name} {Turn.Median(turns[i][^1]):F2} ms");
                Print($"  round {round}: {string.Join(", ", medians)}");
            }
            double? otherCores = others.Cores();
            SortedDictionary<int, double> peakAfter = MeasurePeaks(threads);

            double peak = Math.Max(peakBefore[threads], peakAfter[threads]);
            long multiplyAdds = WorkCount.Of(network.Graph) * (options.Train ? PassesOfTraining : 1);
            OrderedDictionary<string, CompareTimes> times = [];
            for (int i = 0; i < peers.Length; i++) times.Add(contenders[i].Key, Summarize(turns[i], differences[i], multiplyAdds, peak));
            double? ratio = peers.Length == 1 ? null : times.Values.Skip(1).Min(time => time.Median) / times.Values.First().Median;
            bool valid = AreCoresFree(peakBefore, threads) && AreCoresFree(peakAfter, threads);
            return new CompareRow(
                Path.GetFileNameWithoutExtension(model), batch, threads, DateTimeOffset.UtcNow, options.Turn.TotalSeconds, valid, otherCores, ratio, peakBefore, peakAfter, times);
        }
        finally
        {
            foreach (IPeer peer in peers) peer.Dispose();
        }
    }

    private static CompareTimes Summarize(IReadOnlyList<IReadOnlyList<double>> turns, double difference, long multiplyAdds, double peak)
    {
        double[] medians = [.. turns.Select(Turn.Median)];
        double median = Turn.Median(medians), rate = Rate.Gigaflops(multiplyAdds, median * 1e6);
        return new CompareTimes(median, turns.Min(turn => turn.Min()), rate, rate / peak, difference, medians);
    }

    /// <summary>The peak on one thread, on two, and on the row's number of threads.</summary>
    private static SortedDictionary<int, double> MeasurePeaks(int threads) =>
        new(new[] { 1, 2, threads }.Distinct().ToDictionary(count => count, Peaks.Measure));

    private static bool AreCoresFree(SortedDictionary<int, double> peak, int threads) =>
        threads == 1 || peak[threads] >= FreeCores * threads * peak[1];

    private static void Print(CompareRow row, Contender[] contenders)
    {
        Print($"  {"",-14} {"ms: median",10} {"min",9} {"GFLOP/s",8} {"of peak",8} {"difference",11}");
        foreach (Contender contender in contenders)
        {
            CompareTimes times = row.Runtimes[contender.Key];
            Print($"  {contender.Name,-14} {times.Median,10:F2} {times.Min,9:F2} {times.Gigaflops,8:F0} {times.ShareOfPeak,8:P0} {times.Difference,11:0.0e0}");
        }
        string ratio = row.Ratio is double value ? string.Create(CultureInfo.InvariantCulture, $"best peer / ours {value:F2}; ") : "";
        string others = row.OtherCores is double cores ? string.Create(CultureInfo.InvariantCulture, $"; others used {cores:F2} cores") : "";
        string verdict = row.Valid ? "" : "; NOT VALID: the cores were not free";
        Print($"  {ratio}peak before {Describe(row.PeakBefore)}, after {Describe(row.PeakAfter)}{others}{verdict}");
    }

    private static string Describe(SortedDictionary<int, double> peak) =>
        string.Join(", ", peak.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Value:F0} GFLOP/s x{entry.Key}")));

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
