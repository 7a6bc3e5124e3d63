using ResNetManaged.Layers.State;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Torch;

/// <summary>Reads the tensors of the state_dict in the value of a pickle.</summary>
internal static class TorchTensors
{
    private const string Rebuild = "torch._utils._rebuild_";

    /// <summary>Reads every tensor of the state_dict; equal views, as with tied weights, become one tensor.</summary>
    /// <param name="source">The file.</param>
    /// <param name="value">The value of its pickle.</param>
    /// <param name="locate">Returns the position of a storage after checking its length.</param>
    /// <param name="average">Whether a moving average is preferred to the weights.</param>
    public static StateDict Read(ByteSource source, object? value, Func<TorchStorage, long> locate, bool average)
    {
        TensorReader reader = new(source);
        FoundDict found = StateDictSearch.Find(source, value, average);
        CheckpointOrigin origin = new() { File = source.Name, Container = found.Path, IsAverage = found.IsAverage, Notes = found.Notes };
        StateDict tensors = new() { Source = source.Name, Origin = origin };
        Dictionary<TensorView, Tensor> read = [];
        bool areArrays = !found.Dict.Items.Exists(item => item.Value is TensorView); // else arrays stand beside the tensors
        foreach ((object? key, object? item) in found.Dict.Items)
        {
            if (key is string entry && item is PickleOpaque opaque) CheckLayout(source, entry, opaque);
            if (key is not string name || item is not (TensorView or PickleArray)) continue;
            if (tensors.ContainsKey(name)) throw new CheckpointException(source.Name, name, "occurs twice", "expected every name once");
            if (item is PickleArray array)
            {
                if (areArrays && array.Read(reader, source, name) is { } numbers) tensors.Add(name, numbers);
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

    /// <summary>Whether a value is a tensor of a layout that has no plain elements.</summary>
    public static bool IsOtherLayout(object? value) => value is PickleOpaque { TypeName: { } type } && type.StartsWith(Rebuild, StringComparison.Ordinal);

    /// <summary>Rejects a tensor of a layout that has no plain elements.</summary>
    private static void CheckLayout(ByteSource source, string name, PickleOpaque value)
    {
        if (!IsOtherLayout(value)) return;
        string kind = value.TypeName![Rebuild.Length..].Replace("_tensor", "", StringComparison.Ordinal);
        (string found, string expected) = kind switch
        {
            "qtensor" => ("is a quantized tensor", "expected float weights; save the network before quantizing it"),
            "tensor_v3" => ("has elements of a type without a storage class, such as float8", "expected floating-point weights; save tensor.float()"),
            "sparse" or "sparse_csr" => ("is a sparse tensor", "expected a dense one; save tensor.to_dense()"),
            _ => ($"is a tensor of the kind {UntrustedText.Printable(kind)}", "expected a dense one on the processor; save tensor.cpu()"),
        };
        throw new CheckpointException(source.Name, name, found, $"{expected}, with torch.save(model.state_dict(), path)");
    }
}
