using System.Buffers;
using System.Text;
using System.Text.Json;
using ResNetManaged.Layers.State;

namespace ResNetManaged.Serialization;

/// <summary>The class names in a safetensors file: the metadata entry <c>classes</c>, a JSON array of strings.</summary>
public static class CheckpointClasses
{
    /// <summary>The entry's name.</summary>
    internal const string MetadataName = "classes";

    /// <summary>Reads the class names without reading any elements.</summary>
    /// <param name="path">A checkpoint of any kind.</param>
    /// <returns>The names in the order of the logits; null if the file has none or is not a plain safetensors file.</returns>
    /// <exception cref="CheckpointException">The entry is not an array of strings, or the header is damaged.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static IReadOnlyList<string>? Read(string path)
    {
        IReadOnlyDictionary<string, string>? metadata = Safetensors.ReadMetadata(path);
        return metadata is not null && metadata.TryGetValue(MetadataName, out string? text) ? Parse(path, text) : null;
    }

    /// <summary>The names stored beside a network's tensors; null if there are none, or if they do not match the number of classes.</summary>
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

    /// <summary>Composes the entry's value.</summary>
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
        catch (Exception exception) when (exception is JsonException or InvalidOperationException) // the latter: JSON of another kind
        {
            throw new CheckpointException(path, MetadataName, "is not a JSON array of strings", "expected the class names", exception);
        }
    }

    /// <summary>Replaces control characters, which a terminal would interpret when the name is printed.</summary>
    internal static string Printable(string name) => string.Concat(name.Select(character => char.IsControl(character) ? '?' : character));
}
