using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ResNetManaged.Cli.Output;

/// <summary>Results as JSON, one object per line.</summary>
internal static class JsonLine
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }; // keeps names readable

    /// <summary>Writes one object with the members that <paramref name="members"/> writes, and ends the line.</summary>
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

    /// <summary>Writes a number, or null if it is not finite: JSON has no such numbers.</summary>
    public static void WriteFinite(this Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }

    /// <summary>Writes a float32 in its shortest form, or null if it is not finite.</summary>
    public static void WriteFinite(this Utf8JsonWriter json, string name, float value)
    {
        if (float.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }
}
