using ResNetManaged.Layers.State;
using ResNetManaged.Tensors;

namespace ResNetManaged.Serialization.Torch;

/// <summary>Finds the state_dict in the value of a torch pickle and reads its tensors.</summary>
internal static class TorchTensors
{
    /// <summary>The keys under which training scripts store the state_dict beside the epoch and the optimizer.</summary>
    private static readonly string[] Containers = ["state_dict", "model_state_dict", "model", "net"];

    /// <summary>Reads every tensor of the state_dict; equal views, as with tied weights, become one tensor.</summary>
    /// <param name="source">The file.</param>
    /// <param name="value">The value of its pickle.</param>
    /// <param name="locate">Returns the position of a storage after checking its length.</param>
    public static StateDict Read(ByteSource source, object? value, Func<TorchStorage, long> locate)
    {
        TensorReader reader = new(source);
        StateDict tensors = new() { Source = source.Name };
        Dictionary<TensorView, Tensor> read = [];
        foreach ((object? key, object? item) in FindStateDict(source, value).Items)
        {
            if (key is not string name || item is not TensorView view) continue;
            if (tensors.ContainsKey(name)) throw new CheckpointException(source.Name, name, "occurs twice", "expected every name once");
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

    private static PickleDict FindStateDict(ByteSource source, object? value)
    {
        string found = value switch
        {
            PickleDict => "has no tensors in its dict",
            TensorView => "is a single tensor",
            _ => "is not a dict",
        };
        for (int depth = 0; depth < 4 && value is PickleDict dict; depth++)
        {
            object? inner = Containers.Select(dict.Find).FirstOrDefault(item => item is PickleDict);
            if (inner is null && HasTensors(dict)) return dict;
            value = inner;
        }
        throw new CheckpointException(source.Name, null, found, $"expected a state_dict, alone or under '{string.Join("', '", Containers)}'");
    }

    private static bool HasTensors(PickleDict dict) => dict.Items.Exists(item => item is { Key: string, Value: TensorView });
}
