using System.CommandLine;
using System.Globalization;
using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using ResNetManaged.Cli.Measuring;
using ResNetManaged.Cli.Options;
using ResNetManaged.Cli.Output;
using ResNetManaged.Kernels;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Cli.Commands;

/// <summary>Describes the machine and measures its peak speed, the yardstick for all other measurements.</summary>
internal sealed class InfoCommand : CliCommand
{
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    public InfoCommand()
        : base("info", "Print versions, processor, vector width and threads, and measure the multiply-add peak.",
            "resnet info", "resnet info --isa 256 --json") => Add(_json);

    public override int Run(ParseResult arguments, Session session)
    {
        Facts facts = new(session);
        if (arguments.GetValue(_json)) JsonLine.Write(session.Out, facts.Describe);
        else facts.Print(session.Out);
        return ExitCode.Done;
    }

    /// <summary>The printed figures.</summary>
    private sealed class Facts(Session session)
    {
        private readonly string[] _available = [.. SimdDispatch.Accelerated.Select(SimdDispatch.NameOf)];
        private readonly double _peakOfOne = MachinePeak.MultiplyAdds(1, session.Execution.Simd);
        private readonly double _peakOfAll = MachinePeak.MultiplyAdds(session.Execution.Threads, session.Execution.Simd);

        private static string Architecture => OptionRules.NameOf(RuntimeInformation.ProcessArchitecture);

        private static string GarbageCollector =>
            $"{(GCSettings.IsServerGC ? "server" : "workstation")}, {(GCSettings.LatencyMode == GCLatencyMode.Batch ? "not " : "")}concurrent";

        private static string Code => RuntimeFeature.IsDynamicCodeCompiled ? "jit" : "aot";

        public void Describe(Utf8JsonWriter line)
        {
            line.WriteString("version", ResNetCommandLine.Version);
            line.WriteString("dotnet", RuntimeInformation.FrameworkDescription);
            line.WriteString("os", RuntimeInformation.OSDescription);
            line.WriteString("architecture", Architecture);
            line.WriteString("processor", ProcessorName.Get());
            line.WriteNumber("processors", Environment.ProcessorCount);
            line.WriteNumber("threads", session.Execution.Threads);
            line.WriteString("isa", session.Isa);
            line.WriteStartArray("isa_available");
            foreach (string name in _available) line.WriteStringValue(name);
            line.WriteEndArray();
            line.WriteString("gc", GarbageCollector);
            line.WriteString("code", Code);
            line.WriteFinite("peak_gflops_1_thread", Math.Round(_peakOfOne, 1));
            line.WriteFinite("peak_gflops", Math.Round(_peakOfAll, 1));
        }

        public void Print(TextWriter output)
        {
            output.WriteLine($"version       {ResNetCommandLine.Version}");
            output.WriteLine($".NET          {RuntimeInformation.FrameworkDescription}, {Code}");
            output.WriteLine($"system        {RuntimeInformation.OSDescription}, {Architecture}");
            output.WriteLine($"processor     {ProcessorName.Get()}");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"threads       {session.Execution.Threads} on {Environment.ProcessorCount} processors"));
            output.WriteLine($"vectors       {session.Isa}; available: {string.Join(", ", _available)}");
            output.WriteLine($"GC            {GarbageCollector}");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"multiply-add  {_peakOfOne:F0} GFLOP/s on 1 thread, {_peakOfAll:F0} on {session.Execution.Threads}"));
        }
    }
}
