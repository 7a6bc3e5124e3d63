using System.Text.Json;

namespace ResNetManaged.Pretrained.Hubs;

/// <summary>The files of a repository in a folder.</summary>
internal static class RepositoryFiles
{
    public const string Config = "config.json", Preprocessor = "preprocessor_config.json";
    public const string Weights = "model.safetensors", Index = "model.safetensors.index.json", OldWeights = "pytorch_model.bin";

    private const int ImageNetClasses = 1000;
    private const string FirstOfImageNet = "tench", TimmTag = "in1k";

    /// <summary>The files in a folder, the weights first; null if the weights are not complete.</summary>
    public static IReadOnlyList<PretrainedFile>? Find(string folder)
    {
        if (First(folder, Weights, Index, OldWeights) is not string weights) return null;
        string[] shards = [];
        try
        {
            if (weights == Index) shards = [.. ShardsOf(Path.Combine(folder, Index))];
        }
        catch (Exception exception) when (exception is PretrainedException or IOException)
        {
            return null;
        }
        string[] names = [weights, .. shards, .. ((string[])[Config, Preprocessor]).Where(name => File.Exists(Path.Combine(folder, name)))];
        return names.All(name => File.Exists(Path.Combine(folder, name)))
            ? [.. names.Select(name => Path.Combine(folder, name)).Select(path => new PretrainedFile(path, LengthOf(path), null))]
            : null;
    }

    /// <summary>The names of the files that an index lists, in alphabetical order.</summary>
    /// <exception cref="PretrainedException">The index is damaged, or lists files elsewhere.</exception>
    public static IReadOnlyList<string> ShardsOf(string index)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(index));
            JsonElement map = HubModel.Member(document.RootElement, "weight_map") ?? throw new JsonException("it has no 'weight_map'");
            string[] shards = [.. map.EnumerateObject().Select(entry => HubModel.Text(entry.Value) ?? "").Distinct().Order(StringComparer.Ordinal)];
            string? odd = shards.FirstOrDefault(shard => !IsPlain(shard));
            if (odd is not null) throw new JsonException($"it lists the file '{odd}'");
            return shards.Length > 0 ? shards : throw new JsonException("it lists no files");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new PretrainedException(PretrainedFailure.Server, $"'{index}' is no index of weights: {exception.Message}", exception);
        }
    }

    /// <summary>Whether config.json says that the classes are ImageNet's thousand.</summary>
    public static bool IsImageNet1k(string folder)
    {
        string config = Path.Combine(folder, Config);
        if (!File.Exists(config)) return false;
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(config));
            JsonElement root = document.RootElement;
            if (HubModel.Member(root, "id2label") is { ValueKind: JsonValueKind.Object } labels)
            {
                return labels.EnumerateObject().Count() == ImageNetClasses
                    && HubModel.Text(HubModel.Member(labels, "0"))?.Contains(FirstOfImageNet, StringComparison.OrdinalIgnoreCase) == true;
            }
            return HubModel.Member(root, "num_classes") is { ValueKind: JsonValueKind.Number } classes
                && classes.TryGetInt32(out int count) && count == ImageNetClasses
                && HubModel.Member(root, "pretrained_cfg") is { } settings
                && HubModel.Text(HubModel.Member(settings, "tag"))?.EndsWith(TimmTag, StringComparison.Ordinal) == true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Whether a name is that of a file in the folder itself.</summary>
    private static bool IsPlain(string name) =>
        name.Length > 0 && name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private static string? First(string folder, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (File.Exists(Path.Combine(folder, name))) return name;
        }
        return null;
    }

    /// <summary>The length of a file, or of the one that it links to.</summary>
    private static long LengthOf(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        return file.Length;
    }
}
