using System.Globalization;
using ResNetManaged.Serialization.Dialects;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Torch;

/// <summary>A state_dict inside a pickle's value.</summary>
/// <param name="Dict">The state_dict.</param>
/// <param name="Path">The keys that lead to it, joined by slashes; null if it is the value itself.</param>
/// <param name="IsAverage">Whether a key says that it holds a moving average of the weights.</param>
internal sealed record FoundDict(PickleDict Dict, string? Path, bool IsAverage)
{
    /// <summary>What was chosen, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>Finds the state_dict in the value of a pickle: by the keys of <see cref="DialectTable.Containers"/>, or by what it holds.</summary>
internal static class StateDictSearch
{
    private const int MaxDepth = 4; // of containers in containers
    private const int KeysListed = 5;

    /// <summary>Finds the state_dict.</summary>
    /// <param name="source">The file.</param>
    /// <param name="value">The value of its pickle.</param>
    /// <param name="average">Whether a moving average is preferred to the weights.</param>
    /// <exception cref="CheckpointException">There is none, or several that no rule prefers.</exception>
    public static FoundDict Find(ByteSource source, object? value, bool average)
    {
        if (value is IReadOnlyList<object?> items && items.Any(item => item is PickleDict)) value = ByIndex(items);
        if (value is not PickleDict dict) throw NotADict(source, value);
        List<FoundDict> candidates = [];
        Collect(dict, null, isAverage: false, depth: 0, new(ReferenceEqualityComparer.Instance), candidates);
        List<string> notes = [];
        bool isKnown = candidates.Exists(found => found.Path is not null || HasWeights(found.Dict));
        if (!isKnown && FindUnderUnknownKey(source, dict, notes) is { } unknown) candidates = [unknown];
        if (average && !candidates.Exists(found => found.IsAverage)) candidates.AddRange(AveragesUnderUnknownKeys(dict));
        if (average || candidates.Count == 0) AverageLists.AddTo(candidates, source, dict);
        if (candidates.Count == 0) throw HasNone(source, dict);

        FoundDict chosen = candidates.Find(found => found.IsAverage == average) ?? candidates[0];
        FoundDict[] others = [.. candidates.Where(found => found != chosen)];
        if (others.Length > 0)
            notes.Add($"holds several state_dicts; '{Text(chosen.Path)}' was read, not '{string.Join("', '", others.Select(found => Text(found.Path)))}'");
        notes.AddRange(chosen.Notes);
        return WithStatistics(chosen, others, notes) with { Notes = notes };
    }

    /// <summary>Collects the state_dicts below known keys in the order of preference; the dict itself if there are none and it has tensors.</summary>
    private static void Collect(PickleDict dict, string? path, bool isAverage, int depth, HashSet<object> visited, List<FoundDict> found)
    {
        if (depth == MaxDepth || !visited.Add(dict)) return;
        int before = found.Count;
        foreach (ContainerRule rule in DialectTable.Containers)
        {
            if (dict.Find(rule.Key) is PickleDict inner)
                Collect(inner, path is null ? rule.Key : $"{path}/{rule.Key}", isAverage || rule.IsAverage, depth + 1, visited, found);
        }
        if (found.Count == before && HasTensors(dict)) found.Add(new(dict, path, isAverage));
    }

    /// <summary>The only state_dict with a convolution under a key that no rule knows; null if there is none.</summary>
    private static FoundDict? FindUnderUnknownKey(ByteSource source, PickleDict dict, List<string> notes)
    {
        FoundDict[] found = [.. UnderUnknownKeys(dict)];
        if (found.Length == 0) return null;
        if (found.Length > 1)
        {
            throw new CheckpointException(source.Name, null, $"holds tensors under {Listing(found.Select(one => one.Path!))}, keys that no rule knows",
                "expected one state_dict; save the one to read with torch.save(state_dict, path)");
        }
        notes.Add($"its tensors are under '{Text(found[0].Path)}', a key that no rule knows");
        return found[0];
    }

    private static IEnumerable<FoundDict> UnderUnknownKeys(PickleDict dict)
    {
        foreach ((object? key, object? value) in dict.Items)
        {
            if (key is not string name || value is not PickleDict inner || DialectTable.Containers.Any(rule => rule.Key == name)) continue;
            List<FoundDict> below = [];
            Collect(inner, name, NetworkRoot.IsNamedAverage(name), depth: 1, new(ReferenceEqualityComparer.Instance), below);
            if (below.Find(found => HasWeights(found.Dict)) is { } first) yield return first;
        }
    }

    private static IEnumerable<FoundDict> AveragesUnderUnknownKeys(PickleDict dict) => UnderUnknownKeys(dict).Where(found => found.IsAverage);

    /// <summary>
    /// A state_dict of parameters only, as averages of <c>model.named_parameters()</c> are, with the batch norms' statistics of another one in the file.
    /// </summary>
    private static FoundDict WithStatistics(FoundDict chosen, FoundDict[] others, List<string> notes)
    {
        if (chosen.Dict.Items.Exists(item => item.Key is string name && BatchStatistics.IsMean(name))) return chosen;
        Dictionary<string, (string Prefix, (object? Key, object? Value) Item)> parameters = [];
        foreach ((object? Key, object? Value) item in chosen.Dict.Items)
        {
            if (item.Key is not string name) continue;
            int start = NetworkRoot.LengthOfWrappers(name);
            parameters.TryAdd(name[start..], (name[..start], item));
        }
        foreach (FoundDict other in others)
        {
            PickleDict merged = new();
            int means = 0;
            foreach ((object? key, object? value) in other.Dict.Items)
            {
                if (key is not string full) continue;
                string name = full[NetworkRoot.LengthOfWrappers(full)..];
                if (parameters.TryGetValue(name, out var own)) merged.Items.Add(own.Item);
                else if (BatchStatistics.LayerOf(name) is { } layer && parameters.TryGetValue(layer + ".weight", out var norm))
                {
                    merged.Items.Add((norm.Prefix + name, value));
                    if (BatchStatistics.IsMean(name)) means++;
                }
            }
            if (means == 0) continue;
            HashSet<object?> taken = [.. merged.Items.Select(item => item.Key)];
            merged.Items.AddRange(chosen.Dict.Items.Where(item => !taken.Contains(item.Key)));
            notes.Add($"'{Text(chosen.Path)}' holds parameters only; the batch norms' statistics of '{Text(other.Path)}' were taken");
            return chosen with { Dict = merged };
        }
        return chosen;
    }

    /// <summary>A list or tuple, such as a state_dict with an epoch, as a dict with keys that no rule knows.</summary>
    private static PickleDict ByIndex(IReadOnlyList<object?> items)
    {
        PickleDict dict = new();
        foreach ((int index, object? item) in items.Index()) dict.Items.Add((index.ToString(CultureInfo.InvariantCulture), item));
        return dict;
    }

    private static CheckpointException NotADict(ByteSource source, object? value)
    {
        if (value is PickleOpaque { TypeName: string type }) return IsAnObject(source, type, place: "");
        int tensors = (value as IReadOnlyList<object?>)?.Count(item => item is TensorView or PickleArray) ?? 0;
        if (tensors > 0)
            return new(source.Name, null, $"is a list of {Counted.Of(tensors, "tensor")} without names", "expected a dict of them; save torch.save(model.state_dict(), path)");
        return new(source.Name, null, value is TensorView ? "is a single tensor" : "is not a dict", Expected);
    }

    private static CheckpointException HasNone(ByteSource source, PickleDict dict)
    {
        foreach (ContainerRule rule in DialectTable.Containers)
        {
            if (dict.Find(rule.Key) is PickleOpaque { TypeName: string type }) return IsAnObject(source, type, $" under '{rule.Key}'");
        }
        string[] keys = [.. dict.Items.Select(item => item.Key as string).OfType<string>()];
        return new(source.Name, null, $"has no tensors in its dict{(keys.Length == 0 ? "" : $", whose keys are {Listing(keys)}")}", Expected);
    }

    private static string Expected { get; } =
        $"expected a state_dict, alone or under '{string.Join("', '", DialectTable.Containers.Select(rule => rule.Key))}'";

    private static CheckpointException IsAnObject(ByteSource source, string type, string place) => new(source.Name, null,
        $"holds a whole object of the class {UntrustedText.Printable(type)}{place}, which is code",
        "expected its tensors only; load it in Python and save it again with torch.save(model.state_dict(), path)");

    private static bool HasTensors(PickleDict dict) => dict.Items.Exists(item =>
        item is { Key: string, Value: TensorView or PickleArray } || TorchTensors.IsOtherLayout(item.Value));

    /// <summary>Whether a dict has a convolution's weights.</summary>
    private static bool HasWeights(PickleDict dict) => dict.Items.Exists(item => item is { Key: string, Value: TensorView { Shape.Rank: 4 } or PickleArray { Rank: 4 } });

    private static string Text(string? path) => UntrustedText.Printable(path ?? "");

    private static string Listing(IEnumerable<string> keys)
    {
        string[] all = [.. keys];
        return $"'{string.Join("', '", all.Take(KeysListed).Select(UntrustedText.Printable))}'{(all.Length > KeysListed ? ", ..." : "")}";
    }
}
