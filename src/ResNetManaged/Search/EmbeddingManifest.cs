using System.Text.Json;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Search;

/// <summary>What the rows of a file of vectors are of: a JSON file beside it, <c>NAME.manifest.json</c>.</summary>
/// <param name="Network">What made the vectors: a hash of weights, preprocessing and arithmetic.</param>
/// <param name="Entries">The rows' files.</param>
internal sealed record EmbeddingManifest(string Network, IReadOnlyList<EmbeddedFile> Entries)
{
    /// <summary>The manifest's path for a file of vectors.</summary>
    public static string PathFor(string vectors) => Path.ChangeExtension(vectors, ".manifest.json");

    /// <summary>The manifest beside a file of vectors; null where there is none.</summary>
    /// <exception cref="NpyFormatException">It is damaged.</exception>
    public static EmbeddingManifest? Find(string vectors)
    {
        string path = PathFor(vectors);
        if (!File.Exists(path)) return null;
        try
        {
            using FileStream stream = File.OpenRead(path);
            using JsonDocument json = JsonDocument.Parse(stream);
            return new EmbeddingManifest(json.RootElement.GetProperty("network").GetString()!,
                [.. json.RootElement.GetProperty("files").EnumerateArray().Select(file => new EmbeddedFile(
                    file.GetProperty("file").GetString()!, file.GetProperty("bytes").GetInt64(), file.GetProperty("modified").GetString()!))]);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new NpyFormatException(path, "is no manifest of vectors", "expected what 'resnet embed' writes");
        }
    }

    /// <summary>Writes it beside a file of vectors, completely or not at all.</summary>
    public void Write(string vectors) => AtomicFile.Write(PathFor(vectors), stream =>
    {
        using Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("network", Network);
        json.WriteStartArray("files");
        foreach (EmbeddedFile file in Entries)
        {
            json.WriteStartObject();
            json.WriteString("file", file.File);
            json.WriteNumber("bytes", file.Bytes);
            json.WriteString("modified", file.Modified);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });
}

/// <summary>A file that has a vector.</summary>
/// <param name="File">Its path, as it was given.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Modified">When it was last written, in UTC, to 100 ns; empty where there was no such file.</param>
internal sealed record EmbeddedFile(string File, long Bytes, string Modified)
{
    /// <summary>Whether there was such a file.</summary>
    public bool Existed => Modified.Length > 0;

    /// <summary>A file as it is now.</summary>
    public static EmbeddedFile Of(string path)
    {
        FileInfo info = new(path);
        return info.Exists
            ? new EmbeddedFile(path, info.Length, info.LastWriteTimeUtc.ToString("O", System.Globalization.CultureInfo.InvariantCulture))
            : new EmbeddedFile(path, 0, "");
    }
}
