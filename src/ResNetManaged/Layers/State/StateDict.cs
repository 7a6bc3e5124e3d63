using System.Collections;
using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using ResNetManaged.Tensors;

namespace ResNetManaged.Layers.State;

/// <summary>The tensors of a model by name, in order: <c>layer1.0.conv1.weight</c> and so on.</summary>
/// <remarks>Names are compared ordinally and enumerated in insertion order. PyTorch: <c>Module.state_dict()</c>.</remarks>
[SuppressMessage("Naming", "CA1710", Justification = "The field knows it under PyTorch's name.")]
public sealed class StateDict : IReadOnlyDictionary<string, Tensor>
{
    private readonly OrderedDictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);

    /// <summary>The origin of the tensors, for messages: a file's path, or <c>state_dict</c> if they were made in memory.</summary>
    public string Source { get; internal init; } = "state_dict";

    /// <summary>The metadata strings of a safetensors file; empty if there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; internal init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The scales of each output channel of the tensors that a file stores as integers, by name; empty if there are none.</summary>
    internal IReadOnlyDictionary<string, float[]> WeightScales { get; init; } = ReadOnlyDictionary<string, float[]>.Empty;

    /// <summary>What the reader of a file found out about it; null if the tensors were made in memory.</summary>
    internal CheckpointOrigin? Origin { get; init; }

    /// <summary>The number of tensors.</summary>
    public int Count => _tensors.Count;

    /// <summary>The names, in order.</summary>
    public IEnumerable<string> Keys => _tensors.Keys;

    /// <summary>The tensors, in order.</summary>
    public IEnumerable<Tensor> Values => _tensors.Values;

    /// <summary>The tensor with a given name.</summary>
    /// <param name="key">Its name.</param>
    /// <exception cref="KeyNotFoundException">There is no tensor with that name.</exception>
    public Tensor this[string key] => _tensors.TryGetValue(key, out Tensor? tensor)
        ? tensor
        : throw new KeyNotFoundException($"'{Source}' has no tensor '{key}' among its {Count}.");

    /// <summary>Adds a tensor at the end.</summary>
    /// <param name="name">Its name, which must be new.</param>
    /// <param name="tensor">The tensor; it is not copied.</param>
    /// <exception cref="ArgumentException">There is already a tensor with that name.</exception>
    public void Add(string name, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(tensor);
        if (!_tensors.TryAdd(name, tensor)) throw new ArgumentException($"'{Source}' already has a tensor '{name}'.", nameof(name));
    }

    /// <inheritdoc/>
    public bool ContainsKey(string key) => _tensors.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out Tensor value) => _tensors.TryGetValue(key, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, Tensor>> GetEnumerator() => _tensors.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
