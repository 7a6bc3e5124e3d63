using System.Text.Json;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Corpus.Writing;

/// <summary>Writes down pictures without a result; the file exists only if there is one.</summary>
internal sealed class ErrorWriter(string path) : IDisposable
{
    public const string Extension = ".errors.jsonl";

    private FileStream? _stream;
    private JsonLineWriter? _lines;

    /// <summary>The number of pictures.</summary>
    public long Count { get; private set; }

    /// <summary>Writes a picture down.</summary>
    /// <param name="item">Its number in the shard.</param>
    /// <param name="name">Its name.</param>
    /// <param name="reason">Why it has no result.</param>
    public void Write(long item, string name, string reason)
    {
        _stream ??= new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        _lines ??= new JsonLineWriter(_stream);
        _lines.Write(json =>
        {
            json.WriteNumber("item", item);
            json.WriteString("file", name);
            json.WriteString("reason", reason);
        });
        Count++;
    }

    public void Finish() => _stream?.Flush(flushToDisk: true);

    /// <summary>Why a picture cannot be read.</summary>
    public static string ReasonOf(Exception exception) =>
        exception is ImageException image ? image.Reason : $"{exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")}";

    /// <summary>The numbers of the pictures in a file of errors; empty if there is no file.</summary>
    public static HashSet<long> ItemsIn(string path) =>
        File.Exists(path) ? [.. File.ReadLines(path).Select(line => JsonElement.Parse(line).GetProperty("item").GetInt64())] : [];

    public void Dispose()
    {
        _lines?.Dispose();
        _stream?.Dispose();
    }
}
