using System.Text.Json;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Search;

/// <summary>Names the file of each row in an array of vectors: a JSON file beside the array, <c>NAME.manifest.json</c>.</summary>
/// <param name="Network">Identifies what computed the vectors: a hash of the weights, the preprocessing and the arithmetic.</param>
/// <param name="Entries">The file of each row.</param>
internal sealed record EmbeddingManifest(string Network, IReadOnlyList<EmbeddedFile> Entries)
{
    private const int BytesBetweenFlushes = 1 << 16;

    /// <summary>What the user calls the network: the file of its weights, or the built-in network's name; null if that is unknown.</summary>
    public string? Weights { get; init; }

    /// <summary>The path of the manifest that belongs to an array.</summary>
    public static string PathFor(string vectors) => Path.ChangeExtension(vectors, ".manifest.json");

    /// <summary>Reads the manifest that belongs to an array; null if there is none.</summary>
    /// <exception cref="IOException">The manifest is damaged or cannot be read.</exception>
    public static EmbeddingManifest? Find(string vectors)
    {
        string path = PathFor(vectors);
        if (!File.Exists(path)) return null;
        try
        {
            using FileStream stream = File.OpenRead(path);
            using JsonDocument json = JsonDocument.Parse(stream);
            return new EmbeddingManifest(Text(json.RootElement, "network"),
                [.. json.RootElement.GetProperty("files").EnumerateArray().Select(file => new EmbeddedFile(
                    Text(file, "file"), file.GetProperty("bytes").GetInt64(), Text(file, "modified")))])
            {
                Weights = json.RootElement.TryGetProperty("weights", out JsonElement weights) ? weights.GetString() : null,
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new IOException($"Manifest '{path}' is damaged; expected the JSON that 'resnet embed' writes.", exception);
        }
    }

    /// <summary>Writes the manifest beside an array, completely or not at all.</summary>
    public void Write(string vectors) => AtomicFile.Write(PathFor(vectors), stream =>
    {
        using Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("network", Network);
        if (Weights is not null) json.WriteString("weights", Weights);
        json.WriteStartArray("files");
        foreach (EmbeddedFile file in Entries)
        {
            json.WriteStartObject();
            json.WriteString("file", file.File);
            json.WriteNumber("bytes", file.Bytes);
            json.WriteString("modified", file.Modified);
            json.WriteEndObject();
            if (json.BytesPending >= BytesBetweenFlushes) json.Flush();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static string Text(JsonElement element, string name) =>
        element.GetProperty(name).GetString() ?? throw new JsonException($"'{name}' is null; expected a string.");
}
