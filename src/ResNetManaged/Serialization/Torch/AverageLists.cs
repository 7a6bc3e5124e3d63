using ResNetManaged.Serialization.Dialects;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Torch;

/// <summary>
/// Moving averages that are lists of tensors in the order of <c>model.parameters()</c>, without names, as torch_ema's and diffusers' <c>shadow_params</c>
/// are. The names are those of the weights in the same file.
/// </summary>
internal static class AverageLists
{
    private const string Key = "shadow_params";
    private const int MaxDepth = 3; // of dicts in dicts

    /// <summary>Adds the averages of a file to the state_dicts found in it.</summary>
    /// <param name="found">The state_dicts. An average takes the names of the first that is none.</param>
    /// <param name="source">The file.</param>
    /// <param name="dict">The value of its pickle.</param>
    /// <exception cref="CheckpointException">There are no weights in the file, or they are not of the same shapes.</exception>
    public static void AddTo(List<FoundDict> found, ByteSource source, PickleDict dict)
    {
        foreach ((string path, IReadOnlyList<object?> tensors) in Lists(dict, "", 0).ToArray())
        {
            string what = $"holds a moving average as a list of {Counted.Of(tensors.Count, "tensor")} without names, '{UntrustedText.Printable(path)}'";
            if (found.Find(one => !one.IsAverage) is not { } weights)
            {
                throw new CheckpointException(source.Name, null, what,
                    "expected their names; in Python, copy the list to the model with ema.copy_to(model.parameters()) and save torch.save(model.state_dict(), path)");
            }
            if (Named(weights.Dict, tensors) is not { } named)
            {
                throw new CheckpointException(source.Name, null, what,
                    $"expected the shapes of the parameters of '{UntrustedText.Printable(weights.Path ?? "")}', in their order");
            }
            string note = $"'{UntrustedText.Printable(path)}' is a list; its {Counted.Of(tensors.Count, "tensor")} took the names of the parameters of '{UntrustedText.Printable(weights.Path ?? "")}', which have their shapes";
            found.Add(new(named, path, IsAverage: true) { Notes = [note] });
        }
    }

    private static IEnumerable<(string Path, IReadOnlyList<object?> Tensors)> Lists(PickleDict dict, string prefix, int depth)
    {
        foreach ((object? key, object? value) in dict.Items)
        {
            if (key is not string name) continue;
            if (name == Key && value is IReadOnlyList<object?> { Count: > 0 } list && list.All(item => item is TensorView)) yield return (prefix + name, list);
            else if (value is PickleDict inner && depth < MaxDepth)
            {
                foreach ((string Path, IReadOnlyList<object?> Tensors) below in Lists(inner, $"{prefix}{name}/", depth + 1)) yield return below;
            }
        }
    }

    /// <summary>The tensors under the names of a state_dict's parameters; null if their shapes differ.</summary>
    private static PickleDict? Named(PickleDict weights, IReadOnlyList<object?> tensors)
    {
        (object? Key, object? Value)[] parameters = [.. weights.Items.Where(item => item is { Key: string name, Value: TensorView } && BatchStatistics.LayerOf(name) is null)];
        if (parameters.Length != tensors.Count) return null;
        PickleDict named = new();
        foreach ((int i, (object? key, object? value)) in parameters.Index())
        {
            if (((TensorView)value!).Shape != ((TensorView)tensors[i]!).Shape) return null;
            named.Items.Add((key, tensors[i]));
        }
        return named;
    }
}
