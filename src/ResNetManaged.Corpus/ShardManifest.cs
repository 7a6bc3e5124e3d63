using System.Buffers;
using System.Text.Json;
using ResNetManaged.Corpus.Writing;

namespace ResNetManaged.Corpus;

/// <summary>What a finished shard consists of. The manifest is written last, so a shard is done exactly if it has one.</summary>
/// <param name="Plan">The plan's <see cref="CorpusPlan.Id"/>.</param>
/// <param name="Shard">The shard's number.</param>
/// <param name="Items">The pictures of the shard.</param>
/// <param name="Rows">The pictures with a result.</param>
/// <param name="Failed">The pictures without one, each with its reason in the shard's file of errors. Rows + failed = items.</param>
/// <param name="Others">The files of a tar that belong to no picture.</param>
/// <param name="Files">The shard's files.</param>
public sealed record ShardManifest(string Plan, int Shard, long Items, long Rows, long Failed, long Others, IReadOnlyList<ShardFile> Files)
{
    /// <summary>The manifest as JSON on one line.</summary>
    /// <returns>UTF-8.</returns>
    public ReadOnlyMemory<byte> ToJson()
    {
        ArrayBufferWriter<byte> text = new();
        using Utf8JsonWriter json = new(text, JsonLineWriter.Options);
        json.WriteStartObject();
        json.WriteNumber("shard", Shard);
        json.WriteNumber("items", Items);
        json.WriteNumber("rows", Rows);
        json.WriteNumber("failed", Failed);
        json.WriteNumber("others", Others);
        json.WriteString("plan", Plan);
        json.WriteStartArray("files");
        foreach (ShardFile file in Files)
        {
            json.WriteStartObject();
            json.WriteString("name", file.Name);
            json.WriteNumber("bytes", file.Bytes);
            json.WriteString("sha256", file.Sha256);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return text.WrittenMemory;
    }

    /// <summary>Reads a manifest; null if there is none.</summary>
    /// <exception cref="CorpusException">It is damaged, or belongs to another plan or shard.</exception>
    internal static ShardManifest? Find(CorpusPlan plan, int shard)
    {
        string path = plan.PathOf(shard, ".json");
        byte[] content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        try
        {
            JsonElement json = JsonElement.Parse(content);
            ShardManifest manifest = new(json.GetProperty("plan").GetString()!, json.GetProperty("shard").GetInt32(), json.GetProperty("items").GetInt64(),
                json.GetProperty("rows").GetInt64(), json.GetProperty("failed").GetInt64(), json.GetProperty("others").GetInt64(),
                [.. json.GetProperty("files").EnumerateArray().Select(file => new ShardFile(
                    file.GetProperty("name").GetString()!, file.GetProperty("bytes").GetInt64(), file.GetProperty("sha256").GetString()!))]);
            if (manifest.Plan == plan.Id && manifest.Shard == shard) return manifest;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new CorpusException($"The manifest '{path}' is damaged; delete it and run the shard again.", exception);
        }
        throw new CorpusException($"The manifest '{path}' belongs to another plan; expected shard {shard} of '{plan.Folder}'.");
    }
}
