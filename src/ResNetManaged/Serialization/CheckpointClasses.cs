using System.Buffers;
using System.Text;
using System.Text.Json;
using ResNetManaged.Layers.State;
using ResNetManaged.Serialization.Classes;
using ResNetManaged.Tensors.IO;

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

    /// <summary>
    /// The names stored beside a network's tensors, or ImageNet's if the file is one of torchvision's; null if there are none, or if they do not match the
    /// number of classes.
    /// </summary>
    /// <param name="state">The tensors, with the file's metadata.</param>
    /// <param name="classes">The network's classes.</param>
    /// <param name="fault">Why the file's names are not used, in a sentence; null if they are, or if it has none.</param>
    internal static IReadOnlyList<string>? Find(StateDict state, int classes, out string? fault)
    {
        fault = null;
        if (!state.Metadata.TryGetValue(MetadataName, out string? text)) return PublishedFiles.HasImageNetClasses(state.Source, classes) ? ImageNetClasses.Names : null;
        try
        {
            List<string> names = Parse(state.Source, text);
            if (names.Count == classes) return names;
            fault = $"has {Counted.Of(names.Count, "class name")} for {Counted.Classes(classes)}; they are not used";
        }
        catch (CheckpointException)
        {
            fault = $"its '{MetadataName}' are not a JSON array of class names; they are not used";
        }
        return null;
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
