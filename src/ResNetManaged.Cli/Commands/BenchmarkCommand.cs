using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ResNetManaged.Kernels;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Tensors;

namespace ResNetManaged.Cli.Commands;

/// <summary>Measures how fast a network runs, with random weights.</summary>
internal sealed class BenchmarkCommand : CliCommand
{
    private const int DefaultBatch = 1;
    private const double DefaultSeconds = 5;
    private const int Seed = 0;

    private readonly Argument<ModelReference> _model = ModelReference.CreateArgument();

    private readonly Option<int> _batch = new("--batch")
    {
        Description = "Images in a batch",
        HelpName = "N",
        DefaultValueFactory = _ => DefaultBatch,
        CustomParser = OptionRules.AtLeast(1),
    };

    private readonly Option<double> _seconds = new("--seconds")
    {
        Description = "How long to measure, after the warm-up",
        HelpName = "S",
        DefaultValueFactory = _ => DefaultSeconds,
        CustomParser = OptionRules.AtLeast(0.0),
    };

    private readonly Option<int?> _size = new("--size")
    {
        Description = "Height and width of the images; by default the network's own, 224 or 32",
        HelpName = "N",
        CustomParser = OptionRules.OptionalAtLeast(1),
    };

    private readonly Option<bool> _json = new("--json") { Description = "One JSON object" };

    public BenchmarkCommand()
        : base("benchmark", "Measure a network's latency and throughput with seeded random weights.",
            "resnet benchmark resnet50", "resnet benchmark resnet18 --batch 8 --threads 1 --seconds 10 --json")
    {
        Add(_model);
        Add(_batch);
        Add(_seconds);
        Add(_size);
        Add(_json);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        ModelReference reference = arguments.GetRequiredValue(_model);
        int batch = arguments.GetValue(_batch);
        long start = Stopwatch.GetTimestamp();
        (ResNet model, Module module) = reference.Create(generator: new TorchGenerator(Seed));
        model.Eval();
        double loadMilliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        Shape shape = reference.InputShape(model, batch, arguments.GetValue(_size));
        module.Trace(shape); // complains of a shape before gigabytes are drawn for it
        Tensor input = Tensor.Uniform(shape, new TorchGenerator(Seed));

        Latency latency = Latency.Measure(() => module.Forward(input, session.Execution), arguments.GetValue(_seconds), session.Cancellation);
        double multiplyAdds = ModelSummary.Create(module, input.Shape).MultiplyAdds;
        string isa = SimdDispatch.NameOf(SimdDispatch.Resolve(session.Execution.Simd));
        Figures figures = new(reference.ToString(), batch, session.Execution.Threads, isa, latency,
            GigaflopsPerSecond: 2 * multiplyAdds / latency.MedianMilliseconds / 1e6, loadMilliseconds, ProcessMemory.PeakMebibytes());
        if (arguments.GetValue(_json)) JsonLine.Write(session.Out, figures.Describe);
        else figures.Print(session.Out);
        return ExitCode.Done;
    }

    /// <summary>What is printed.</summary>
    private sealed record Figures(string Model, int Batch, int Threads, string Isa, Latency Latency, double GigaflopsPerSecond,
        double LoadMilliseconds, double PeakMebibytes)
    {
        private double ImagesPerSecond => 1000 * Batch / Latency.MedianMilliseconds;

        public void Describe(Utf8JsonWriter line)
        {
            line.WriteString("model", Model);
            line.WriteNumber("batch", Batch);
            line.WriteNumber("threads", Threads);
            line.WriteString("isa", Isa);
            line.WriteNumber("median_ms", Math.Round(Latency.MedianMilliseconds, 4));
            line.WriteNumber("p10_ms", Math.Round(Latency.Percentile(0.1), 4));
            line.WriteNumber("p90_ms", Math.Round(Latency.Percentile(0.9), 4));
            line.WriteNumber("min_ms", Math.Round(Latency.Percentile(0), 4));
            line.WriteNumber("iterations", Latency.Iterations);
            line.WriteFinite("images_per_s", Math.Round(ImagesPerSecond, 2));
            line.WriteFinite("gflops", Math.Round(GigaflopsPerSecond, 2));
            line.WriteNumber("load_ms", Math.Round(LoadMilliseconds, 2));
            line.WriteNumber("first_ms", Math.Round(Latency.FirstMilliseconds, 2));
            line.WriteNumber("peak_rss_mib", Math.Round(PeakMebibytes, 1));
            line.WriteNumber("allocated_bytes_per_call", Latency.AllocatedBytesPerCall);
        }

        public void Print(TextWriter output)
        {
            CultureInfo culture = CultureInfo.InvariantCulture;
            output.WriteLine(string.Create(culture, $"{Model}, batch {Batch}, {Threads} threads, isa {Isa}"));
            output.WriteLine(string.Create(culture, $"median      {Latency.MedianMilliseconds:F2} ms of {Latency.Iterations} calls"));
            output.WriteLine(string.Create(culture,
                $"10 to 90 %  {Latency.Percentile(0.1):F2} to {Latency.Percentile(0.9):F2} ms, least {Latency.Percentile(0):F2} ms"));
            output.WriteLine(string.Create(culture, $"throughput  {ImagesPerSecond:F1} images/s, {GigaflopsPerSecond:F1} GFLOP/s"));
            output.WriteLine(string.Create(culture,
                $"start       {LoadMilliseconds:F0} ms to make the network, {Latency.FirstMilliseconds:F0} ms for the first call"));
            output.WriteLine(string.Create(culture,
                $"memory      {PeakMebibytes:F0} MiB at most, {Latency.AllocatedBytesPerCall} bytes allocated a call"));
        }
    }
}
