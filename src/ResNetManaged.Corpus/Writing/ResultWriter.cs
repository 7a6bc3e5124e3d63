using System.Text;
using System.Text.Json;
using ResNetManaged.Corpus.Inputs;
using ResNetManaged.Inference;

namespace ResNetManaged.Corpus.Writing;

/// <summary>Writes the results of a shard's pictures, in order, as they come.</summary>
/// <typeparam name="T">The result of a picture.</typeparam>
internal abstract class ResultWriter<T> : IDisposable
{
    private readonly FileStream _stream;
    private readonly JsonLineWriter _lines;

    /// <summary>Creates the file of lines.</summary>
    protected ResultWriter(Func<string, string> pathOf)
    {
        _stream = Create(pathOf(LinesExtension));
        _lines = new JsonLineWriter(_stream);
    }

    /// <summary>The extension of the file with a line per row.</summary>
    public const string LinesExtension = ".jsonl";

    /// <summary>The extensions of all files.</summary>
    public virtual IReadOnlyList<string> Extensions => [LinesExtension];

    /// <summary>Writes the result of a picture.</summary>
    public virtual void Write(CorpusItem item, T value) => _lines.Write(json =>
    {
        json.WriteString("file", item.Name);
        WriteValue(json, value);
        foreach (Companion companion in item.Companions) WriteCompanion(json, companion);
    });

    /// <summary>Completes the files and flushes them to disk.</summary>
    public virtual void Finish() => _stream.Flush(flushToDisk: true);

    public virtual void Dispose()
    {
        _lines.Dispose();
        _stream.Dispose();
    }

    /// <summary>Writes the members of a line that hold the result.</summary>
    protected abstract void WriteValue(Utf8JsonWriter json, T value);

    /// <summary>Creates a file that this writer alone uses.</summary>
    protected static FileStream Create(string path) => new(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, bufferSize: 1 << 16);

    /// <summary>JSON as it is, a class as a number, anything else as text.</summary>
    private static void WriteCompanion(Utf8JsonWriter json, Companion companion)
    {
        string text = Encoding.UTF8.GetString(companion.Content);
        json.WritePropertyName(companion.Extension);
        if (companion.Extension == "cls" && long.TryParse(text.AsSpan().Trim(), out long label)) json.WriteNumberValue(label);
        else if (companion.Extension != "json" || !TryWriteJson(json, text)) json.WriteStringValue(text);
    }

    private static bool TryWriteJson(Utf8JsonWriter json, string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            document.RootElement.WriteTo(json);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

/// <summary>Vectors as rows of an array, and the pictures' names as lines.</summary>
internal sealed class VectorArrayWriter : ResultWriter<float[]>
{
    private readonly FileStream _array;
    private readonly NpyRowWriter _rows;

    public VectorArrayWriter(Func<string, string> pathOf, int dimensions) : base(pathOf)
    {
        _array = Create(pathOf(ArrayExtension));
        _rows = new NpyRowWriter(_array, dimensions);
    }

    /// <summary>The extension of the array.</summary>
    public const string ArrayExtension = ".npy";

    public override IReadOnlyList<string> Extensions => [ArrayExtension, LinesExtension];

    public override void Write(CorpusItem item, float[] value)
    {
        _rows.Write(value);
        base.Write(item, value);
    }

    public override void Finish()
    {
        _rows.Finish();
        _array.Flush(flushToDisk: true);
        base.Finish();
    }

    public override void Dispose()
    {
        _array.Dispose();
        base.Dispose();
    }

    protected override void WriteValue(Utf8JsonWriter json, float[] value) { }
}

/// <summary>Vectors as lines.</summary>
internal sealed class VectorLineWriter(Func<string, string> pathOf) : ResultWriter<float[]>(pathOf)
{
    protected override void WriteValue(Utf8JsonWriter json, float[] value)
    {
        json.WriteStartArray("embedding");
        foreach (float element in value) json.WriteNumberValue(element);
        json.WriteEndArray();
    }
}

/// <summary>Classes as lines, as <c>resnet classify --json</c> prints them.</summary>
internal sealed class ClassLineWriter(Func<string, string> pathOf) : ResultWriter<IReadOnlyList<Prediction>>(pathOf)
{
    protected override void WriteValue(Utf8JsonWriter json, IReadOnlyList<Prediction> value)
    {
        json.WriteStartArray("predictions");
        foreach (Prediction prediction in value)
        {
            json.WriteStartObject();
            json.WriteNumber("index", prediction.Index);
            json.WriteString("label", prediction.Label);
            json.WritePropertyName("probability");
            json.WriteNumberValue(prediction.Probability);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
