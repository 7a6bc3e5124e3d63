using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ResNetManaged.Corpus.Writing;

/// <summary>Writes JSON objects to a stream, one per line.</summary>
internal sealed class JsonLineWriter(Stream stream) : IDisposable
{
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly Utf8JsonWriter _json = new(Stream.Null, Options);

    /// <summary>Keeps names readable.</summary>
    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes one object with the members that <paramref name="members"/> writes, and ends the line.</summary>
    public void Write(Action<Utf8JsonWriter> members) => WriteValue(json =>
    {
        json.WriteStartObject();
        members(json);
        json.WriteEndObject();
    });

    /// <summary>Writes one value, and ends the line.</summary>
    /// <returns>The bytes of the line.</returns>
    public int WriteValue(Action<Utf8JsonWriter> value)
    {
        _line.ResetWrittenCount();
        _json.Reset(_line);
        value(_json);
        _json.Flush();
        stream.Write(_line.WrittenSpan);
        stream.WriteByte((byte)'\n');
        return _line.WrittenCount + 1;
    }

    public void Dispose() => _json.Dispose();
}
