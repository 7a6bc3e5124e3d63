using System.Buffers;
using System.Text;
using System.Text.Json;
using ResNetManaged.Layers.State;

namespace ResNetManaged.Serialization;

/// <summary>The names of a network's classes in a safetensors file: the entry <c>classes</c> of its metadata, a JSON array of strings.</summary>
public static class CheckpointClasses
{
    /// <summary>The entry's name.</summary>
    public const string MetadataName = "classes";

    /// <summary>Reads the names. Elements are not read.</summary>
    /// <param name="path">A checkpoint of any kind.</param>
    /// <returns>The names in the order of the logits; null where the file has none or is not a plain safetensors file.</returns>
    /// <exception cref="CheckpointException">The entry is there and is not an array of strings, or the header is damaged.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static IReadOnlyList<string>? Read(string path)
    {
        IReadOnlyDictionary<string, string>? metadata = Safetensors.ReadMetadata(path);
        return metadata is not null && metadata.TryGetValue(MetadataName, out string? text) ? Parse(path, text) : null;
    }

    /// <summary>The names beside a network's tensors; null where there are none. What is not the names of these classes is no error.</summary>
    internal static IReadOnlyList<string>? Find(StateDict state, int classes)
    {
        if (!state.Metadata.TryGetValue(MetadataName, out string? text)) return null;
        try
        {
            return Parse(state.Source, text) is { } names && names.Count == classes ? names : null;
        }
        catch (CheckpointException)
        {
            return null;
        }
    }

    /// <summary>The entry's value.</summary>
    internal static string Compose(IReadOnlyList<string> names)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartArray();
            foreach (string name in names) json.WriteStringValue(name);
            json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static List<string> Parse(string path, string text)
    {
        try
        {
            return [.. JsonElement.Parse(text).EnumerateArray().Select(name => Printable(name.GetString() ?? throw new JsonException()))];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException) // the latter: another kind of JSON
        {
            throw new CheckpointException(path, MetadataName, "is not a JSON array of strings", "expected the names of the classes", exception);
        }
    }

    /// <summary>A name will be printed, and a terminal obeys control characters.</summary>
    private static string Printable(string name) => string.Concat(name.Select(character => char.IsControl(character) ? '?' : character));
}
