using System.Buffers;
using System.Text;
using System.Text.Json;

namespace ResNetManaged.Serialization;

/// <summary>The names of a network's classes as a string beside its tensors: a JSON array under <c>classes</c>.</summary>
internal static class ClassNameList
{
    private const string Key = "classes";

    public static Dictionary<string, string>? ToMetadata(IReadOnlyList<string>? names)
    {
        if (names is null) return null;
        ArrayBufferWriter<byte> text = new();
        using Utf8JsonWriter json = new(text);
        json.WriteStartArray();
        foreach (string name in names) json.WriteStringValue(name);
        json.WriteEndArray();
        json.Flush();
        return new() { [Key] = Encoding.UTF8.GetString(text.WrittenSpan) };
    }

    /// <summary>The names; null where there are none. Such strings are anybody's: those that are not names of these classes are no error.</summary>
    public static string[]? FromMetadata(IReadOnlyDictionary<string, string> metadata, int classes)
    {
        if (!metadata.TryGetValue(Key, out string? text)) return null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            string[] names = [.. json.RootElement.EnumerateArray().Select(name => Printable(name.GetString() ?? ""))];
            return names.Length == classes ? names : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException) // the latter: not an array of strings
        {
            return null;
        }
    }

    /// <summary>A name will be printed, and a terminal obeys control characters.</summary>
    private static string Printable(string name) => string.Concat(name.Select(character => char.IsControl(character) ? '?' : character));
}
