using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ResNetManaged.Kernels;

namespace ResNetManaged.Cli.Commands;

/// <summary>Measures how fast a network runs.</summary>
internal sealed class BenchmarkCommand : CliCommand
{
    private const double DefaultSeconds = 5;

    private readonly MeasuredNetworkOptions _network = new();

    private readonly Option<double> _seconds = new("--seconds")
    {
        Description = "How long to measure, after the warm-up",
        HelpName = "S",
        DefaultValueFactory = _ => DefaultSeconds,
        CustomParser = OptionRules.AtLeast(0.0),
    };

    private readonly Option<bool> _json = new("--json") { Description = "One JSON object" };

    public BenchmarkCommand()
        : base("benchmark", "Measure a network's latency and throughput.",
            "resnet benchmark resnet50", "resnet benchmark resnet18 --weights resnet18.pth --batch 8 --threads 1 --seconds 10 --json")
    {
        _network.AddTo(this);
        Add(_seconds);
        Add(_json);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        MeasuredNetwork network = _network.Compile(arguments, session);
        float[] output = new float[network.Plan.OutputShape.ElementCount];
        Latency latency = Latency.Measure(() => network.Compiled.Run(network.Input, network.Plan.InputShape, output),
            arguments.GetValue(_seconds), session.Cancellation);
        double peakMebibytes = ProcessMemory.PeakMebibytes();
        Figures figures = new(network, session.Execution.Threads, session.Isa, session.Precision, latency, peakMebibytes,
            PeakGigaflops: MachinePeak.MultiplyAdds(session.Execution.Threads, session.Execution.Simd));
        if (arguments.GetValue(_json)) JsonLine.Write(session.Out, figures.Describe);
        else figures.Print(session.Out);
        return ExitCode.Done;
    }

    /// <summary>What is printed.</summary>
    private sealed record Figures(MeasuredNetwork Network, int Threads, string Isa, string Precision, Latency Latency, double PeakMebibytes,
        double PeakGigaflops)
    {
        private double ImagesPerSecond => 1000 * Network.Batch / Latency.MedianMilliseconds;

        private double Gigaflops => 2 * Network.MultiplyAdds / Latency.MedianMilliseconds / 1e6;

        private double WeightMebibytes => Network.Compiled.WeightBytes / (1024.0 * 1024.0);

        public void Describe(Utf8JsonWriter line)
        {
            line.WriteString("model", Network.Reference.ToString());
            line.WriteNumber("batch", Network.Batch);
            line.WriteNumber("threads", Threads);
            line.WriteString("isa", Isa);
            line.WriteNumber("median_ms", Math.Round(Latency.MedianMilliseconds, 4));
            line.WriteNumber("p10_ms", Math.Round(Latency.Percentile(0.1), 4));
            line.WriteNumber("p90_ms", Math.Round(Latency.Percentile(0.9), 4));
            line.WriteNumber("min_ms", Math.Round(Latency.Percentile(0), 4));
            line.WriteNumber("iterations", Latency.Iterations);
            line.WriteFinite("images_per_s", Math.Round(ImagesPerSecond, 2));
            line.WriteFinite("gflops", Math.Round(Gigaflops, 2));
            line.WriteNumber("load_ms", Math.Round(Network.LoadMilliseconds, 2));
            line.WriteNumber("first_ms", Math.Round(Latency.FirstMilliseconds, 2));
            line.WriteNumber("peak_rss_mib", Math.Round(PeakMebibytes, 1));
            line.WriteNumber("allocated_bytes_per_call", Latency.AllocatedBytesPerCall);
            line.WriteString("precision", Precision);
            line.WriteNumber("weight_mib", Math.Round(WeightMebibytes, 2));
            line.WriteFinite("peak_gflops", Math.Round(PeakGigaflops, 1));
            line.WriteFinite("share_of_peak", Math.Round(Gigaflops / PeakGigaflops, 4));
        }

        public void Print(TextWriter output)
        {
            CultureInfo culture = CultureInfo.InvariantCulture;
            output.WriteLine(string.Create(culture, $"{Network.Reference}, batch {Network.Batch}, {Threads} threads, isa {Isa}, {Precision}"));
            output.WriteLine(string.Create(culture, $"median      {Latency.MedianMilliseconds:F2} ms of {Latency.Iterations} calls"));
            output.WriteLine(string.Create(culture,
                $"10 to 90 %  {Latency.Percentile(0.1):F2} to {Latency.Percentile(0.9):F2} ms, least {Latency.Percentile(0):F2} ms"));
            output.WriteLine(string.Create(culture,
                $"throughput  {ImagesPerSecond:F1} images/s, {Gigaflops:F1} GFLOP/s, {Gigaflops / PeakGigaflops:P0} of the peak of {PeakGigaflops:F0}"));
            output.WriteLine(string.Create(culture,
                $"start       {Network.LoadMilliseconds:F0} ms to load and compile, {Latency.FirstMilliseconds:F0} ms for the first call"));
            output.WriteLine(string.Create(culture,
                $"memory      {PeakMebibytes:F0} MiB at most, {WeightMebibytes:F0} of them weights, {Latency.AllocatedBytesPerCall} bytes allocated a call"));
        }
    }
}
