using ResNetManaged.Layers.State;
using ResNetManaged.Serialization.Dialects;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Torch;

/// <summary>Finds the state_dict in the value of a torch pickle and reads its tensors.</summary>
internal static class TorchTensors
{
    private const int MaxDepth = 4; // of containers in containers
    private const string Rebuild = "torch._utils._rebuild_";

    /// <summary>Reads every tensor of the state_dict; equal views, as with tied weights, become one tensor.</summary>
    /// <param name="source">The file.</param>
    /// <param name="value">The value of its pickle.</param>
    /// <param name="locate">Returns the position of a storage after checking its length.</param>
    /// <param name="average">Whether a moving average is preferred to the weights.</param>
    public static StateDict Read(ByteSource source, object? value, Func<TorchStorage, long> locate, bool average)
    {
        TensorReader reader = new(source);
        FoundDict found = FindStateDict(source, value, average);
        CheckpointOrigin origin = new() { File = source.Name, Container = found.Path, Notes = found.Note is null ? [] : [found.Note] };
        StateDict tensors = new() { Source = source.Name, Origin = origin };
        Dictionary<TensorView, Tensor> read = [];
        foreach ((object? key, object? item) in found.Dict.Items)
        {
            if (key is string entry && item is PickleOpaque opaque) CheckLayout(source, entry, opaque);
            if (key is not string name || item is not (TensorView or PickleArray)) continue;
            if (tensors.ContainsKey(name)) throw new CheckpointException(source.Name, name, "occurs twice", "expected every name once");
            if (item is PickleArray array)
            {
                if (array.Read(reader, source, name) is { } numbers) tensors.Add(name, numbers);
                continue;
            }
            TensorView view = (TensorView)item;
            if (!read.TryGetValue(view, out Tensor? tensor))
            {
                tensor = reader.Read(name, view, locate(view.Storage));
                read.Add(view, tensor);
            }
            tensors.Add(name, tensor);
        }
        reader.Complete();
        return tensors;
    }

    /// <summary>A state_dict inside a pickle's value.</summary>
    /// <param name="Dict">The state_dict.</param>
    /// <param name="Path">The keys that lead to it, joined by slashes; null if it is the value itself.</param>
    /// <param name="Note">A sentence about other state_dicts that were not read; null if there are none.</param>
    private sealed record FoundDict(PickleDict Dict, string? Path = null, string? Note = null);

    private static FoundDict FindStateDict(ByteSource source, object? value, bool average)
    {
        if (value is PickleDict dict && Search(dict, average, depth: 0, new(ReferenceEqualityComparer.Instance)) is { } state) return state;
        (string? key, PickleOpaque? holder) = value is PickleDict outer ? FindObject(outer) : (null, value as PickleOpaque);
        if (holder is { TypeName: string type })
        {
            string place = key is null ? "" : $" under '{key}'";
            throw new CheckpointException(source.Name, null, $"holds a whole object of the class {UntrustedText.Printable(type)}{place}, which is code",
                "expected its tensors only; load it in Python and save it again with torch.save(model.state_dict(), path)");
        }
        string found = value switch
        {
            PickleDict => "has no tensors in its dict",
            TensorView => "is a single tensor",
            _ => "is not a dict",
        };
        throw new CheckpointException(source.Name, null, found,
            $"expected a state_dict, alone or under '{string.Join("', '", DialectTable.Containers.Select(rule => rule.Key))}'");
    }

    /// <summary>The first container that leads to tensors, or the dict itself if it has some.</summary>
    private static FoundDict? Search(PickleDict dict, bool average, int depth, HashSet<object> visited)
    {
        if (depth == MaxDepth || !visited.Add(dict)) return null;
        FoundDict? found = null;
        List<string> others = [];
        foreach (ContainerRule rule in DialectTable.ContainersFor(average))
        {
            if (dict.Find(rule.Key) is not PickleDict inner || Search(inner, average, depth + 1, visited) is not { } state) continue;
            if (found is null) found = state with { Path = state.Path is null ? rule.Key : $"{rule.Key}/{state.Path}" };
            else others.Add(rule.Key);
        }
        if (found is null) return HasTensors(dict) ? new FoundDict(dict) : null;
        return others.Count == 0 ? found : found with { Note = $"holds several state_dicts; '{found.Path}' was read, not '{string.Join("', '", others)}'" };
    }

    /// <summary>An object where a state_dict was expected.</summary>
    private static (string? Key, PickleOpaque? Holder) FindObject(PickleDict dict)
    {
        foreach (ContainerRule rule in DialectTable.Containers)
        {
            if (dict.Find(rule.Key) is PickleOpaque { TypeName: not null } holder) return (rule.Key, holder);
        }
        return (null, null);
    }

    private static bool HasTensors(PickleDict dict) => dict.Items.Exists(item => item is { Key: string, Value: TensorView or PickleArray } || IsOtherLayout(item.Value));

    private static bool IsOtherLayout(object? value) => value is PickleOpaque { TypeName: { } type } && type.StartsWith(Rebuild, StringComparison.Ordinal);

    /// <summary>Rejects a tensor of a layout that has no plain elements.</summary>
    private static void CheckLayout(ByteSource source, string name, PickleOpaque value)
    {
        if (!IsOtherLayout(value)) return;
        string kind = value.TypeName![Rebuild.Length..].Replace("_tensor", "", StringComparison.Ordinal);
        (string found, string expected) = kind switch
        {
            "qtensor" => ("is a quantized tensor", "expected float weights; save the network before quantizing it"),
            "sparse" or "sparse_csr" => ("is a sparse tensor", "expected a dense one; save tensor.to_dense()"),
            _ => ($"is a tensor of the kind {UntrustedText.Printable(kind)}", "expected a dense one on the processor; save tensor.cpu()"),
        };
        throw new CheckpointException(source.Name, name, found, $"{expected}, with torch.save(model.state_dict(), path)");
    }
}
