using System.Text;
using System.Text.Json;
using ResNetManaged.Corpus.Writing;
using ResNetManaged.Search;

namespace ResNetManaged.Cli.Embedding;

/// <summary>The log of a run that is not finished.</summary>
/// <param name="Entries">The files so far, and why one has no vector.</param>
/// <param name="Rows">How many have a vector.</param>
/// <param name="Length">The bytes of the log up to the last complete line.</param>
internal sealed record PartialLog(IReadOnlyList<(EmbeddedFile File, string? Reason)> Entries, long Rows, long Length)
{
    /// <summary>Reads the log beside an array; null if there is none from the same network, or it does not fit the array.</summary>
    /// <param name="path">The log.</param>
    /// <param name="rows">The array.</param>
    /// <param name="network">The network's key.</param>
    /// <param name="dimensions">The elements of a vector.</param>
    public static PartialLog? Find(string path, string rows, string network, int dimensions)
    {
        if (!File.Exists(path) || !File.Exists(rows)) return null;
        List<(EmbeddedFile, string?)> entries = [];
        long length = 0, vectors = 0, available = (new FileInfo(rows).Length - NpyRowWriter.HeaderLength) / ((long)dimensions * sizeof(float));
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
            using StreamReader text = new(file, new UTF8Encoding(false));
            bool isFirst = true;
            while (text.ReadLine() is string line)
            {
                long end = length + Encoding.UTF8.GetByteCount(line) + 1;
                if (end > file.Length) break; // the line was cut off
                JsonElement json = JsonElement.Parse(line);
                if (isFirst)
                {
                    if (json.GetProperty("network").GetString() != network || json.GetProperty("dimensions").GetInt32() != dimensions) return null;
                    isFirst = false;
                }
                else
                {
                    string? reason = json.TryGetProperty("reason", out JsonElement why) ? why.GetString() : null;
                    if (reason is null && ++vectors > available) return null;
                    entries.Add((new EmbeddedFile(json.GetProperty("file").GetString()!, json.GetProperty("bytes").GetInt64(), json.GetProperty("modified").GetString()!), reason));
                }
                length = end;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
        return entries.Count > 0 ? new PartialLog(entries, vectors, length) : null;
    }

    /// <summary>Whether the files so far are the first of a run's, so that it can append the others.</summary>
    public bool IsStartOf(IReadOnlyList<EmbeddedFile> files) =>
        Entries.Count <= files.Count && !Entries.Where((entry, i) => entry.File != files[i]).Any();
}
