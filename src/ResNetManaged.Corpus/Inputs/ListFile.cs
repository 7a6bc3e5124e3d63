using System.Text;
using System.Text.Json;

namespace ResNetManaged.Corpus.Inputs;

/// <summary>A file that lists pictures: a path per line, or a column of CSV or JSON lines. It is read line by line.</summary>
internal static class ListFile
{
    private static readonly string[] Extensions = [".txt", ".csv", ".jsonl", ".ndjson"];
    private static readonly string[] UsualColumns = ["file", "path", "image"];

    /// <summary>Whether a file's name says that it is a list.</summary>
    public static bool IsNamed(string path) => Extensions.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>The paths in the list, one at a time. Relative paths start at the list's folder.</summary>
    /// <param name="path">The list.</param>
    /// <param name="column">The column of CSV and JSON lines; null for a usual one.</param>
    /// <exception cref="CorpusException">The list has no such column, or a line is damaged.</exception>
    /// <exception cref="IOException">The list cannot be read.</exception>
    public static IEnumerable<string> Read(string path, string? column)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        using StreamReader text = new(path, Encoding.UTF8);
        IEnumerable<string> values = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".csv" => ReadCsv(text, path, column),
            ".jsonl" or ".ndjson" => ReadJsonLines(text, path, column),
            _ => ReadLines(text).Where(line => line.Length > 0),
        };
        foreach (string value in values) yield return Path.GetFullPath(value, folder);
    }

    private static IEnumerable<string> ReadLines(StreamReader text)
    {
        while (text.ReadLine() is string line) yield return line;
    }

    private static IEnumerable<string> ReadCsv(StreamReader text, string path, string? column)
    {
        int index = -1, record = 0;
        foreach (List<string> fields in DelimitedText.Read(text, path))
        {
            record++;
            if (index < 0)
            {
                string? found = column is null ? UsualColumns.FirstOrDefault(fields.Contains) : fields.Contains(column) ? column : null;
                if (found is null) throw NoColumn(path, column, $"its first line has {string.Join(", ", fields.Take(8).Select(name => $"'{name}'"))}");
                index = fields.IndexOf(found);
                continue;
            }
            yield return index < fields.Count && fields[index].Length > 0 ? fields[index]
                : throw new CorpusException($"The list '{path}' has no path in record {record}; expected one in column {index + 1}.");
        }
    }

    private static IEnumerable<string> ReadJsonLines(StreamReader text, string path, string? column)
    {
        int line = 0;
        foreach (string json in ReadLines(text))
        {
            line++;
            if (json.Length > 0) yield return ValueOf(json, line);
        }

        string ValueOf(string json, int line)
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(json);
                JsonElement root = document.RootElement;
                if (root.ValueKind == JsonValueKind.String) return root.GetString()!;
                foreach (string name in column is null ? UsualColumns : [column])
                {
                    if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out JsonElement value) && value.GetString() is { Length: > 0 } found) return found;
                }
                throw NoColumn(path, column, $"line {line} has none");
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException)
            {
                throw new CorpusException($"The list '{path}' is damaged in line {line}; expected a JSON object with the path of a picture.", exception);
            }
        }
    }

    private static CorpusException NoColumn(string path, string? column, string found) => new(
        $"The list '{path}' has no column {(column is null ? string.Join(" or ", UsualColumns.Select(name => $"'{name}'")) : $"'{column}'")}: {found}; name the column of the paths with --column.");
}
