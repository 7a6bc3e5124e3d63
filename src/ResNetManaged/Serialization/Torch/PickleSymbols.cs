using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Torch;

/// <summary>The closed set of globals that tensors and containers are made with, and what calling each of them means here.</summary>
/// <remarks>
/// Nothing is looked up, imported or executed: a name selects a branch of a switch. Calling any other name makes a value without content, so that a training
/// script's settings, schedules and counters do not keep its weights from being read; a name that would run code in Python throws.
/// </remarks>
internal static class PickleSymbols
{
    private static readonly Dictionary<string, PickleSymbol> Known = new[]
    {
        "collections.OrderedDict", "collections.defaultdict", "torch.Size", "torch.device",
        "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter", "torch.nn.parameter.Parameter",
        "torch._utils._rebuild_parameter_with_state", "torch._tensor._rebuild_from_type_v2",
        "torch.FloatStorage", "torch.DoubleStorage", "torch.HalfStorage", "torch.BFloat16Storage", "torch.LongStorage",
        "torch.IntStorage", "torch.ShortStorage", "torch.CharStorage", "torch.ByteStorage", "torch.BoolStorage",
        // What training scripts store beside the tensors: sets, defaults and NumPy scalars (an accuracy, a loss).
        "__builtin__.set", "builtins.set", "__builtin__.frozenset", "builtins.frozenset",
        "__builtin__.dict", "builtins.dict", "__builtin__.list", "builtins.list",
        "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.dtype", "_codecs.encode",
        // How Python writes members of enumerations and nested classes, and flags that are combined: an attribute of a class, and its bits.
        "__builtin__.getattr", "builtins.getattr", "_operator.or_", "operator.or_",
    }.ToDictionary(name => name, name => new PickleSymbol(name, IsKnown: true), StringComparer.Ordinal);

    /// <summary>Finds the symbol of a global; throws an exception that names it if it would run code.</summary>
    public static PickleSymbol Find(string module, string name, PickleReader reader)
    {
        string full = $"{module}.{name}";
        if (Known.TryGetValue(full, out PickleSymbol? symbol)) return symbol;
        if (module == "torch" && name.StartsWith('Q') && name.EndsWith("Storage", StringComparison.Ordinal))
        {
            throw reader.Fail($"refers to {UntrustedText.Printable(full)}, so it holds quantized tensors",
                "expected float weights; save the network before quantizing it, with torch.save(model.state_dict(), path)");
        }
        if (!CodeGlobals.Contains(module, full)) return new PickleSymbol(full, IsKnown: false);
        // Python pickles os.system under the name of the module that implements it.
        string alias = module is "posix" or "nt" ? $" (os.{UntrustedText.Printable(name)})" : "";
        throw reader.Fail($"refers to {UntrustedText.Printable(full)}{alias}",
            "expected only tensors and plain containers, since nothing is executed; save it again with torch.save(model.state_dict(), path)");
    }

    /// <summary>The element type of a storage class.</summary>
    public static ElementType? StorageType(object? symbol) => (symbol as PickleSymbol)?.Name switch
    {
        "torch.FloatStorage" => ElementType.Float32,
        "torch.DoubleStorage" => ElementType.Float64,
        "torch.HalfStorage" => ElementType.Float16,
        "torch.BFloat16Storage" => ElementType.BFloat16,
        "torch.LongStorage" => ElementType.Int64,
        "torch.IntStorage" => ElementType.Int32,
        "torch.ShortStorage" => ElementType.Int16,
        "torch.CharStorage" => ElementType.Int8,
        "torch.ByteStorage" => ElementType.UInt8,
        "torch.BoolStorage" => ElementType.Bool,
        _ => null,
    };

    /// <summary>Evaluates <c>symbol(*arguments)</c> to the value it stands for.</summary>
    /// <param name="callee">The object that the pickle calls.</param>
    /// <param name="arguments">The arguments it passes.</param>
    /// <param name="reader">The reader, for messages.</param>
    /// <param name="cost">The steps that the call took beyond that of its opcode.</param>
    public static object? Call(object? callee, object? arguments, PickleReader reader, out int cost)
    {
        cost = 0;
        if (callee is PickleSymbol { IsKnown: false } unknown) return new PickleOpaque(unknown.Name);
        if (callee is PickleOpaque) return PickleOpaque.Instance;
        if (callee is not PickleSymbol symbol || arguments is not object?[] given)
            throw reader.Fail("calls something that is not callable", "expected a known symbol and a tuple of arguments");
        switch (symbol.Name, given)
        {
            case ("collections.OrderedDict", []):
            case ("collections.defaultdict", [] or [PickleSymbol or PickleOpaque or null]):
                return new PickleDict();
            case ("collections.OrderedDict", [List<object?> pairs]):
                cost = pairs.Count;
                return FromPairs(pairs, reader);
            case ("torch._utils._rebuild_tensor_v2", [StorageSlice storage, long offset, object?[] size, object?[] strides, .. var rest]):
                return View(storage, offset, size, strides, reader) with { IsNegated = IsNegated(rest, reader) };
            case ("torch._utils._rebuild_tensor_v2" or "torch._utils._rebuild_tensor", [PickleOpaque { TypeName: "torch.storage._load_from_bytes" }, ..]):
                throw reader.Fail("holds torch's tensors as Python's own pickle writes them", "expected torch.save; load it in Python and save it again with torch.save(state_dict, path)");
            case ("torch._utils._rebuild_tensor", [StorageSlice storage, long offset, object?[] size, object?[] strides]):
                return View(storage, offset, size, strides, reader);
            case ("torch._utils._rebuild_parameter" or "torch._utils._rebuild_parameter_with_state" or "torch.nn.parameter.Parameter", [TensorView tensor, ..]):
                return tensor;
            case ("torch._tensor._rebuild_from_type_v2", [PickleSymbol { Name: not "torch._tensor._rebuild_from_type_v2" } function, _, object?[] inner, ..]):
                return Call(function, inner, reader, out cost);
            case ("torch.Size", [object?[] size]):
                return size;
            case ("__builtin__.getattr" or "builtins.getattr", [PickleSymbol owner, string name]):
                return Find(owner.Name, name, reader); // a member's name, or a nested class's
            case ("__builtin__.getattr" or "builtins.getattr" or "_operator.or_" or "operator.or_", [_, _]):
                return PickleOpaque.Instance;
            case ("torch.device" or "numpy.dtype" or "_codecs.encode"
                or "__builtin__.set" or "builtins.set" or "__builtin__.frozenset" or "builtins.frozenset"
                or "numpy.core.multiarray.scalar" or "numpy._core.multiarray.scalar", _):
                return PickleOpaque.Instance;
            default:
                throw reader.Fail($"calls {symbol.Name} with {given.Length} arguments", "expected the arguments that torch.save writes");
        }
    }

    /// <summary>Whether a tensor's metadata, the last of torch's arguments, says that its elements are stored with the opposite sign.</summary>
    private static bool IsNegated(object?[] rest, PickleReader reader)
    {
        if (rest is not [_, _, PickleDict metadata, ..]) return false; // after whether it needs a gradient, and its hooks
        if (metadata.Find("conj") is true)
            throw reader.Fail("has a tensor that is the conjugate of its elements", "expected plain elements; save tensor.resolve_conj()");
        return metadata.Find("neg") is true;
    }

    /// <summary>Reads an OrderedDict of Python 2, which is written as a call with its pairs.</summary>
    private static PickleDict FromPairs(List<object?> pairs, PickleReader reader)
    {
        PickleDict dict = new();
        foreach (object? pair in pairs)
        {
            if (pair is not IReadOnlyList<object?> { Count: 2 } both)
                throw reader.Fail("calls collections.OrderedDict with something other than pairs", "expected pairs");
            dict.Items.Add((both[0], both[1]));
        }
        return dict;
    }

    private static TensorView View(StorageSlice slice, long offset, object?[] size, object?[] strides, PickleReader reader)
    {
        long[] sizes = Integers(size, reader), steps = Integers(strides, reader);
        TorchStorage storage = slice.Storage;
        string described = $"describes a tensor of shape {UntrustedShape.Format(sizes)}";
        if (!UntrustedShape.TryCreate(sizes, out Shape shape)) throw reader.Fail(described, UntrustedShape.Limits);
        described += $" with strides {UntrustedShape.Format(steps)} from element {offset} of storage '{UntrustedText.Printable(storage.Key)}'";
        if (steps.Length != shape.Rank) throw reader.Fail(described, "expected as many strides as dimensions");
        if (TensorView.MeasureExtent(shape, steps) is not { } extent) throw reader.Fail(described, "expected strides of 0 or more within 64 bits");
        if (offset < 0 || offset > slice.Count || extent > slice.Count - offset)
            throw reader.Fail(described, $"the storage has {slice.Count} elements");
        return new TensorView(storage, slice.Start + offset, shape, steps, extent);
    }

    private static long[] Integers(object?[] values, PickleReader reader) => values.Length <= UntrustedShape.MaxRank
        ? Array.ConvertAll(values, value => value is long integer ? integer : throw reader.Fail("has a size that is not an integer",
            "expected integers"))
        : throw reader.Fail($"describes a tensor of {values.Length} dimensions", UntrustedShape.Limits);
}
