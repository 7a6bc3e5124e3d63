using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Cli.Measuring;
using ResNetManaged.Cli.Options;
using ResNetManaged.Cli.Output;
using ResNetManaged.Kernels;
using ResNetManaged.Plans;
using ResNetManaged.Tensors;
using Spectre.Console;

namespace ResNetManaged.Cli.Commands;

/// <summary>Shows how a network is compiled and where its time goes.</summary>
internal sealed class ProfileCommand : CliCommand
{
    private const int DefaultCalls = 30;

    private readonly MeasuredNetworkOptions _network = new();

    private readonly Option<int> _calls = new("--calls")
    {
        Description = "Calls to measure; a step's time is their median",
        HelpName = "N",
        DefaultValueFactory = _ => DefaultCalls,
        CustomParser = OptionRules.AtLeast(1),
    };

    private readonly Option<PlanStage?> _stage = new("--stage")
    {
        Description = "Print the result of a stage of compilation instead of measuring",
        HelpName = string.Join('|', Enum.GetValues<PlanStage>().Select(OptionRules.NameOf)),
        CustomParser = result => OptionRules.NameOf<PlanStage>()(result),
    };

    private readonly Option<string?> _trace = new("--trace")
    {
        Description = "Also write a trace of the steps for chrome://tracing or ui.perfetto.dev",
        HelpName = "FILE",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    public ProfileCommand()
        : base("profile", "Measure every step of a compiled network, or print how it was compiled.",
            "resnet profile resnet50", "resnet profile resnet18 --threads 1 --trace resnet18.json", "resnet profile resnet18.layer2 --stage algorithms")
    {
        _network.AddTo(this);
        Add(_calls);
        Add(_stage);
        Add(_trace);
        Add(_json);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        PlanStage? stage = arguments.GetValue(_stage);
        string? trace = arguments.GetValue(_trace);
        bool json = arguments.GetValue(_json);
        if (stage is not null && (json || trace is not null)) throw new UsageException("--stage prints text only; it cannot be combined with --json or --trace");
        if (trace is not null) InputFile.RequireWritable(trace);

        MeasuredNetwork network = _network.Compile(arguments, session);
        if (stage is PlanStage printed)
        {
            session.Out.WriteLine(network.Plan.Describe(printed));
            return ExitCode.Done;
        }
        int calls = arguments.GetValue(_calls);
        Figures figures = new(network, session, calls, network.Plan.Profile(network.Input, calls),
            PeakGigaflops: MachinePeak.MultiplyAdds(session.Execution.Threads, session.Execution.Simd));
        if (trace is not null) ChromeTrace.Write(trace, figures.Steps);
        if (json) JsonLine.Write(session.Out, figures.Describe);
        else figures.Print(session.Terminal);
        return ExitCode.Done;
    }

    /// <summary>The printed figures.</summary>
    private sealed record Figures(MeasuredNetwork Network, Session Session, int Calls, IReadOnlyList<StepProfile> Steps, double PeakGigaflops)
    {
        private double Milliseconds { get; } = Steps.Sum(step => step.Milliseconds);

        private long MultiplyAdds { get; } = Steps.Sum(step => step.MultiplyAdds);

        private long Bytes { get; } = Steps.Sum(step => step.Bytes);

        /// <summary>The number of images that the times are for: one group of the batch.</summary>
        private int Images => Network.Plan.InputShape.Rank == 4 ? Network.Plan.ImagesPerGroup : Network.Batch;

        public void Describe(Utf8JsonWriter line)
        {
            line.WriteString("model", Network.Reference.ToString());
            line.WriteNumber("batch", Network.Batch);
            line.WriteNumber("images", Images);
            line.WriteNumber("threads", Session.Execution.Threads);
            line.WriteString("isa", Session.Isa);
            line.WriteString("precision", Session.Precision);
            line.WriteNumber("calls", Calls);
            line.WriteFinite("peak_gflops", Math.Round(PeakGigaflops, 1));
            WriteRates(line, Milliseconds, MultiplyAdds, Bytes);
            line.WriteStartArray("steps");
            foreach (StepProfile step in Steps)
            {
                line.WriteStartObject();
                line.WriteString("path", step.Path);
                line.WriteString("operation", step.Operation);
                line.WriteString("algorithm", step.Algorithm);
                WriteShape(line, "input", step.Input);
                WriteShape(line, "output", step.Output);
                WriteRates(line, step.Milliseconds, step.MultiplyAdds, step.Bytes);
                line.WriteEndObject();
            }
            line.WriteEndArray();
        }

        public void Print(Terminal terminal)
        {
            CultureInfo culture = CultureInfo.InvariantCulture;
            string group = Images == Network.Batch ? "" : string.Create(culture, $" in groups of {Images}, of which one is shown");
            terminal.Out.WriteLine(string.Create(culture,
                $"{Network.Reference}, batch {Network.Batch}{group}, {Session.Execution.Threads} threads, isa {Session.Isa}, {Session.Precision}; medians of {Calls} calls"));
            Table table = new();
            foreach (string name in (string[])["step", "operation", "algorithm", "shapes"]) table.AddColumn(name);
            foreach (string name in (string[])["ms", "GFLOP/s", "of peak", "MB", "GB/s", "of total"])
                table.AddColumn(name, column => column.RightAligned().NoWrap());
            foreach (StepProfile step in Steps)
            {
                AddRow(table, step.Path.Length == 0 ? "(root)" : step.Path, step.Operation, step.Algorithm, $"{step.Input} -> {step.Output}",
                    step.Milliseconds, step.MultiplyAdds, step.Bytes);
            }
            AddRow(table, "total", "", "", "", Milliseconds, MultiplyAdds, Bytes);
            terminal.WriteTable(table);
        }

        private void AddRow(Table table, string step, string operation, string algorithm, string shapes, double milliseconds, long multiplyAdds,
            long bytes)
        {
            double gigaflops = Gigaflops(multiplyAdds, milliseconds);
            bool counts = multiplyAdds > 0;
            string[] cells =
            [
                step, operation, algorithm, shapes, Text(milliseconds, "F4"), counts ? Text(gigaflops, "F1") : "",
                counts ? Text(gigaflops / PeakGigaflops, "P0") : "", Text(bytes / 1e6, "F2"), Text(GigabytesPerSecond(bytes, milliseconds), "F1"),
                Text(milliseconds / Milliseconds, "P1"),
            ];
            table.AddRow(Array.ConvertAll(cells, Markup.Escape));
        }

        private void WriteRates(Utf8JsonWriter line, double milliseconds, long multiplyAdds, long bytes)
        {
            double gigaflops = Gigaflops(multiplyAdds, milliseconds);
            line.WriteNumber("ms", Math.Round(milliseconds, 5));
            line.WriteNumber("multiply_adds", multiplyAdds);
            line.WriteFinite("gflops", Math.Round(gigaflops, 2));
            line.WriteFinite("share_of_peak", Math.Round(gigaflops / PeakGigaflops, 4));
            line.WriteNumber("bytes", bytes);
            line.WriteFinite("gb_per_s", Math.Round(GigabytesPerSecond(bytes, milliseconds), 2));
            line.WriteFinite("share_of_total", Math.Round(milliseconds / Milliseconds, 4));
        }

        private static void WriteShape(Utf8JsonWriter line, string name, Shape shape)
        {
            line.WriteStartArray(name);
            foreach (int size in shape.Dimensions) line.WriteNumberValue(size);
            line.WriteEndArray();
        }

        private static double Gigaflops(long multiplyAdds, double milliseconds) => 2 * multiplyAdds / milliseconds / 1e6;

        private static double GigabytesPerSecond(long bytes, double milliseconds) => bytes / milliseconds / 1e6;

        private static string Text(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);
    }
}
