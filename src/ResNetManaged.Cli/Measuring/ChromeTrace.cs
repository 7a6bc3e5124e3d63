using System.Text.Json;
using ResNetManaged.Plans;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Cli.Measuring;

/// <summary>Writes steps, one after another, in the Trace Event Format of chrome://tracing and ui.perfetto.dev.</summary>
internal static class ChromeTrace
{
    private const string CompleteEvent = "X";
    private const int Process = 1;
    private const int Thread = 1;

    /// <summary>Writes a trace file.</summary>
    public static void Write(string path, IReadOnlyList<StepProfile> steps) => AtomicFile.Write(path, stream =>
    {
        using Utf8JsonWriter json = new(stream);
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ms");
        json.WriteStartArray("traceEvents");
        double start = 0;
        foreach (StepProfile step in steps)
        {
            WriteEvent(json, step, start);
            start += Microseconds(step);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static double Microseconds(StepProfile step) => 1000 * step.Milliseconds;

    private static void WriteEvent(Utf8JsonWriter json, StepProfile step, double start)
    {
        json.WriteStartObject();
        json.WriteString("name", step.Path.Length == 0 ? step.Operation : step.Path);
        json.WriteString("cat", step.Operation);
        json.WriteString("ph", CompleteEvent);
        json.WriteNumber("ts", Math.Round(start, 3));
        json.WriteNumber("dur", Math.Round(Microseconds(step), 3));
        json.WriteNumber("pid", Process);
        json.WriteNumber("tid", Thread);
        json.WriteStartObject("args");
        json.WriteString("operation", step.Operation);
        json.WriteString("algorithm", step.Algorithm);
        json.WriteString("input", step.Input.ToString());
        json.WriteString("output", step.Output.ToString());
        json.WriteNumber("multiply_adds", step.MultiplyAdds);
        json.WriteNumber("bytes", step.Bytes);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
