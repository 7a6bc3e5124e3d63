namespace ResNetManaged.Serialization.Torch;

// The values that a pickle can hold. Plain ones are .NET's: null, bool, long, double, string, object?[] for a tuple, List<object?> for a list.
// Tensors are TensorView, storages StorageSlice. The rest are the three types below.

/// <summary>A dict or an OrderedDict: pairs in order, with keys of any type, and no hashing.</summary>
internal sealed class PickleDict
{
    public List<(object? Key, object? Value)> Items { get; } = [];

    /// <summary>The last value of a key, which is the one Python would keep; null if there is none.</summary>
    public object? Find(string key) => Items.FindLast(item => item.Key is string text && text == key).Value;
}

/// <summary>A harmless value that is not needed here: a set, a NumPy number, an integer beyond 64 bits.</summary>
internal sealed class PickleOpaque
{
    public static PickleOpaque Instance { get; } = new();
}

/// <summary>A name from the closed set in <see cref="PickleSymbols"/>; only a name, never resolved to code.</summary>
internal sealed record PickleSymbol(string Name);
