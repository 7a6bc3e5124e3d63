namespace ResNetManaged.Serialization.Torch;

// What a pickle can hold after reading. Plain values are .NET's own: null, bool, long, double, string, object?[] for a tuple,
// List<object?> for a list; tensors are TensorView, storages StorageSlice. The three below are the rest.

/// <summary>A dict or an OrderedDict: pairs in order, with keys of any kind and nothing hashed.</summary>
internal sealed class PickleDict
{
    public List<(object? Key, object? Value)> Items { get; } = [];

    /// <summary>The last value of a key, which is the one that Python would keep; null when there is none.</summary>
    public object? Find(string key) => Items.FindLast(item => item.Key is string text && text == key).Value;
}

/// <summary>A value that is known to be harmless and of no use here: a set, a number of NumPy's, an integer beyond 64 bits.</summary>
internal sealed class PickleOpaque
{
    public static PickleOpaque Instance { get; } = new();
}

/// <summary>A name out of the closed set in <see cref="PickleSymbols"/>; a name and no more.</summary>
internal sealed record PickleSymbol(string Name);
