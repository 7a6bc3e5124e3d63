using ResNetManaged.Datasets.Batches;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Datasets;

/// <summary>Labeled inputs of a network, by index: the source from which a <see cref="BatchLoader"/> makes batches.</summary>
public abstract class SampleSource : LabeledData
{
    /// <summary>The shape of one input, <c>[C, H, W]</c>.</summary>
    public abstract Shape InputShape { get; }

    /// <summary>Describes how inputs are made from the stored data; it must not change when a run is resumed.</summary>
    internal virtual string Settings => "";

    /// <summary>Makes one input. Must be safe to call from several threads.</summary>
    /// <param name="index">From 0 to <see cref="LabeledData.Count"/> - 1.</param>
    /// <param name="random">The source of all randomness in the input.</param>
    /// <param name="destination">As many elements as <see cref="InputShape"/> has; overwritten completely.</param>
    /// <exception cref="IOException">The input cannot be read; the message names it.</exception>
    public abstract void Load(int index, PhiloxGenerator random, Span<float> destination);

    /// <summary>Selects some of the inputs, such as one side of a <see cref="DatasetSplit"/>.</summary>
    /// <param name="indices">The indices to select, in their new order.</param>
    /// <returns>A view of them, with the same classes.</returns>
    /// <exception cref="ArgumentException">There are no indices, or one is out of range.</exception>
    public SampleSource Subset(IReadOnlyList<int> indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        if (indices.Count == 0) throw new ArgumentException($"Subset of '{Name}': no indices were given.", nameof(indices));
        foreach (int index in indices)
        {
            if ((uint)index >= (uint)Count) throw new ArgumentException($"Subset of '{Name}': index {index} is outside 0 to {Count - 1}.", nameof(indices));
        }
        return new SampleSubset(this, [.. indices]);
    }
}
