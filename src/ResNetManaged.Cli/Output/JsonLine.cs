using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ResNetManaged.Cli.Output;

/// <summary>Results as JSON: one object a line.</summary>
internal static class JsonLine
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }; // names stay readable

    /// <summary>Writes one object, whose members <paramref name="members"/> writes, and ends the line.</summary>
    public static void Write(TextWriter output, Action<Utf8JsonWriter> members)
    {
        ArrayBufferWriter<byte> line = new();
        using Utf8JsonWriter json = new(line, Options);
        json.WriteStartObject();
        members(json);
        json.WriteEndObject();
        json.Flush();
        output.WriteLine(Encoding.UTF8.GetString(line.WrittenSpan));
    }

    /// <summary>Writes a number; null where it is not finite, for which JSON has no number.</summary>
    public static void WriteFinite(this Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }

    /// <summary>Writes a number as short as float32 allows; null where it is not finite.</summary>
    public static void WriteFinite(this Utf8JsonWriter json, string name, float value)
    {
        if (float.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }
}
