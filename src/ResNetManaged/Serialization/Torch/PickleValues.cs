namespace ResNetManaged.Serialization.Torch;

// The values that a pickle can hold. Plain ones are .NET's: null, bool, long, double, string, object?[] for a tuple, List<object?> for a list.
// Tensors are TensorView, storages StorageSlice, NumPy's arrays PickleArray. The rest are the three types below.

/// <summary>A dict or an OrderedDict: pairs in order, with keys of any type, and no hashing.</summary>
internal sealed class PickleDict
{
    public List<(object? Key, object? Value)> Items { get; } = [];

    /// <summary>The last value of a key, which is the one Python would keep; null if there is none.</summary>
    public object? Find(string key) => Items.FindLast(item => item.Key is string text && text == key).Value;
}

/// <summary>A value that is not needed here: a set, a NumPy scalar, an integer beyond 64 bits, or an object of a class that is not known here.</summary>
/// <param name="typeName">The object's class, or the function that would have made it; null if that does not matter.</param>
internal sealed class PickleOpaque(string? typeName = null)
{
    public static PickleOpaque Instance { get; } = new();

    public string? TypeName => typeName;
}

/// <summary>The name of a global; only a name, never resolved to code.</summary>
/// <param name="Name">The module, a dot, and the name in it.</param>
/// <param name="IsKnown">Whether it is in the closed set of <see cref="PickleSymbols"/>; calling any other makes a <see cref="PickleOpaque"/>.</param>
internal sealed record PickleSymbol(string Name, bool IsKnown);
