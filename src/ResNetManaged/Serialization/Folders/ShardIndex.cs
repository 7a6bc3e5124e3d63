using System.Text.Json;
using ResNetManaged.Layers.State;
using ResNetManaged.Tensors;

namespace ResNetManaged.Serialization.Folders;

/// <summary>Weights in several files, and the index that says which tensor is in which: <c>model.safetensors.index.json</c>.</summary>
internal static class ShardIndex
{
    public const string Extension = ".index.json";

    private const string MapName = "weight_map";
    private const int MaxShards = 1000, MaxTensors = 100_000;

    /// <summary>Loads the tensors in the index's order.</summary>
    /// <param name="index">The index, which is not trusted: it may name only files beside it.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="extension">The extension that the files must have.</param>
    /// <exception cref="CheckpointException">The index or a file is damaged, or a file lacks a tensor.</exception>
    public static StateDict Load(JsonFile index, string folder, string extension)
    {
        if (index.Find(MapName) is not { ValueKind: JsonValueKind.Object } map || map.GetPropertyCount() is 0 or > MaxTensors)
            throw new CheckpointException(index.File, MapName, "is missing or of another kind", $"expected an object of 1 to {MaxTensors} names");
        Dictionary<string, StateDict> shards = new(StringComparer.Ordinal);
        StateDict tensors = new() { Source = index.File };
        foreach (JsonProperty entry in map.EnumerateObject())
        {
            string file = FileOf(index, entry, extension);
            if (!shards.TryGetValue(file, out StateDict? shard))
            {
                if (shards.Count == MaxShards) throw new CheckpointException(index.File, MapName, $"names more than {MaxShards} files", "expected fewer");
                shards.Add(file, shard = LoadShard(index, folder, file));
            }
            if (!shard.TryGetValue(entry.Name, out Tensor? tensor))
                throw new CheckpointException(Path.Combine(folder, file), entry.Name, "is missing", $"'{index.File}' says that it is there");
            if (tensors.ContainsKey(entry.Name)) throw new CheckpointException(index.File, entry.Name, "occurs twice", "expected every name once");
            tensors.Add(entry.Name, tensor);
        }
        return tensors;
    }

    private static StateDict LoadShard(JsonFile index, string folder, string file)
    {
        string path = Path.Combine(folder, file);
        return File.Exists(path) ? Checkpoint.LoadUnchanged(path)
            : throw new CheckpointException(index.File, MapName, $"names '{file}', which is not in the folder", "expected all files beside the index; download the rest");
    }

    /// <summary>The name of the file that has a tensor: a plain name, so that no index reaches outside its folder.</summary>
    private static string FileOf(JsonFile index, JsonProperty entry, string extension)
    {
        string? file = JsonFile.Decode(entry.Value);
        bool isPlain = file is not null && file.Length > extension.Length && file.EndsWith(extension, StringComparison.Ordinal)
            && file.AsSpan().IndexOfAny("/\\:\0") < 0 && file[0] != '.';
        return isPlain ? file! : throw new CheckpointException(index.File, entry.Name, $"is in {Printable(entry.Value)}", $"expected a file beside the index that ends in {extension}");
    }

    private static string Printable(JsonElement value) => Tensors.IO.UntrustedText.Printable(value.GetRawText());
}
