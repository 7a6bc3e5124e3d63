using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Measuring;
using ResNetManaged.Cli.Options;
using ResNetManaged.Cli.Output;
using ResNetManaged.Cli.Training;
using ResNetManaged.Kernels;

namespace ResNetManaged.Cli.Commands;

/// <summary>Measures how fast a network runs.</summary>
internal sealed class BenchmarkCommand : CliCommand
{
    private const double DefaultSeconds = 5;

    private readonly MeasuredNetworkOptions _network = new();

    private readonly Option<double> _seconds = new("--seconds")
    {
        Description = "Seconds to measure, after a warm-up",
        HelpName = "S",
        DefaultValueFactory = _ => DefaultSeconds,
        CustomParser = OptionRules.AtLeast(0.0),
    };

    private readonly Option<bool> _train = new("--train")
    {
        Description = "Measure a training step: forward, cross-entropy, backward, SGD with momentum and weight decay",
    };

    private readonly Option<bool> _recompute = new("--recompute")
    {
        Description = "With --train: recompute activations in the backward pass instead of keeping them",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    public BenchmarkCommand()
        : base("benchmark", "Measure a network's latency and throughput.",
            "resnet benchmark resnet50", "resnet benchmark resnet18 --weights resnet18.pth --batch 8 --threads 1 --seconds 10 --json",
            "resnet benchmark cifar_resnet20 --train --batch 128")
    {
        _network.AddTo(this);
        Add(_seconds);
        Add(_train);
        Add(_recompute);
        Add(_json);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        if (arguments.GetValue(_recompute) && !arguments.GetValue(_train))
            throw new UsageException("--recompute needs --train; inference keeps no activations");
        Figures figures = arguments.GetValue(_train) ? MeasureTraining(arguments, session) : MeasureInference(arguments, session);
        if (arguments.GetValue(_json)) JsonLine.Write(session.Out, figures.Describe);
        else figures.Print(session.Out);
        return ExitCode.Done;
    }

    private Figures MeasureInference(ParseResult arguments, Session session)
    {
        MeasuredNetwork network = _network.Compile(arguments, session);
        float[] output = new float[network.Plan.OutputShape.ElementCount];
        Latency latency = Latency.Measure(() => network.Compiled.Run(network.Input, network.Plan.InputShape, output),
            arguments.GetValue(_seconds), session.Cancellation);
        return new Figures(network.Reference, network.Batch, session, latency, network.MultiplyAdds, network.LoadMilliseconds,
            new Memory("weight_mib", "weights", network.Compiled.WeightBytes), ProcessMemory.PeakMebibytes());
    }

    private Figures MeasureTraining(ParseResult arguments, Session session)
    {
        MeasuredTraining training = _network.CompileTraining(arguments, session, arguments.GetValue(_recompute));
        TrainingDisplay.WarnOfTape(session, training.TapeReason);
        Latency latency = Latency.Measure(training.Step, arguments.GetValue(_seconds), session.Cancellation);
        return new Figures(training.Reference, training.Batch, session, latency, training.MultiplyAdds, training.LoadMilliseconds,
            new Memory("workspace_mib", "activations and gradients", training.WorkspaceBytes), ProcessMemory.PeakMebibytes());
    }

    /// <summary>The largest share of the memory.</summary>
    private sealed record Memory(string Field, string Name, long Bytes)
    {
        public double Mebibytes => Bytes / (1024.0 * 1024.0);
    }

    /// <summary>The printed figures.</summary>
    private sealed record Figures(ModelReference Reference, int Batch, Session Session, Latency Latency, long MultiplyAdds, double LoadMilliseconds,
        Memory Largest, double PeakMebibytes)
    {
        private int Threads => Session.Execution.Threads;

        private double ImagesPerSecond => 1000 * Batch / Latency.MedianMilliseconds;

        private double Gigaflops => 2 * MultiplyAdds / Latency.MedianMilliseconds / 1e6;

        private double PeakGigaflops { get; } = MachinePeak.MultiplyAdds(Session.Execution.Threads, Session.Execution.Simd);

        public void Describe(Utf8JsonWriter line)
        {
            line.WriteString("model", Reference.ToString());
            line.WriteNumber("batch", Batch);
            line.WriteNumber("threads", Threads);
            line.WriteString("isa", Session.Isa);
            line.WriteNumber("median_ms", Math.Round(Latency.MedianMilliseconds, 4));
            line.WriteNumber("p10_ms", Math.Round(Latency.Percentile(0.1), 4));
            line.WriteNumber("p90_ms", Math.Round(Latency.Percentile(0.9), 4));
            line.WriteNumber("min_ms", Math.Round(Latency.Percentile(0), 4));
            line.WriteNumber("iterations", Latency.Iterations);
            line.WriteFinite("images_per_s", Math.Round(ImagesPerSecond, 2));
            line.WriteFinite("gflops", Math.Round(Gigaflops, 2));
            line.WriteNumber("load_ms", Math.Round(LoadMilliseconds, 2));
            line.WriteNumber("first_ms", Math.Round(Latency.FirstMilliseconds, 2));
            line.WriteNumber("peak_rss_mib", Math.Round(PeakMebibytes, 1));
            line.WriteNumber("allocated_bytes_per_call", Latency.AllocatedBytesPerCall);
            line.WriteString("precision", Session.Precision);
            line.WriteNumber(Largest.Field, Math.Round(Largest.Mebibytes, 2));
            line.WriteFinite("peak_gflops", Math.Round(PeakGigaflops, 1));
            line.WriteFinite("share_of_peak", Math.Round(Gigaflops / PeakGigaflops, 4));
        }

        public void Print(TextWriter output)
        {
            CultureInfo culture = CultureInfo.InvariantCulture;
            output.WriteLine(string.Create(culture, $"{Reference}, batch {Batch}, {Threads} threads, isa {Session.Isa}, {Session.Precision}"));
            output.WriteLine(string.Create(culture, $"median      {Latency.MedianMilliseconds:F2} ms of {Latency.Iterations} calls"));
            output.WriteLine(string.Create(culture,
                $"10 to 90 %  {Latency.Percentile(0.1):F2} to {Latency.Percentile(0.9):F2} ms, minimum {Latency.Percentile(0):F2} ms"));
            output.WriteLine(string.Create(culture,
                $"throughput  {ImagesPerSecond:F1} images/s, {Gigaflops:F1} GFLOP/s, {Gigaflops / PeakGigaflops:P0} of the peak of {PeakGigaflops:F0}"));
            output.WriteLine(string.Create(culture,
                $"start       {LoadMilliseconds:F0} ms to load and compile, {Latency.FirstMilliseconds:F0} ms for the first call"));
            output.WriteLine(string.Create(culture,
                $"memory      {PeakMebibytes:F0} MiB at the peak, of which {Largest.Mebibytes:F0} MiB {Largest.Name}; {Latency.AllocatedBytesPerCall} bytes allocated per call"));
        }
    }
}
