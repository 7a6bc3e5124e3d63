using ResNetManaged.Datasets.Batches;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Datasets;

/// <summary>A network's inputs with their classes, by index: what a <see cref="BatchLoader"/> makes batches of.</summary>
public abstract class SampleSource : LabeledData
{
    /// <summary>The shape of one input, <c>[C, H, W]</c>.</summary>
    public abstract Shape InputShape { get; }

    /// <summary>How inputs are made of what is stored: what a resumed run must have in common with the one before.</summary>
    internal virtual string Settings => "";

    /// <summary>Makes one input. Safe to call from many threads.</summary>
    /// <param name="index">From 0 up to <see cref="LabeledData.Count"/>.</param>
    /// <param name="random">Decides whatever is random about it.</param>
    /// <param name="destination">As long as <see cref="InputShape"/> has elements; overwritten in full.</param>
    /// <exception cref="IOException">The input cannot be read; the message names it.</exception>
    public abstract void Load(int index, PhiloxGenerator random, Span<float> destination);

    /// <summary>Some of the inputs, such as one side of a <see cref="DatasetSplit"/>.</summary>
    /// <param name="indices">Which ones, in their new order.</param>
    /// <returns>A view; the classes stay the same.</returns>
    /// <exception cref="ArgumentException">There is no index, or one that is no input.</exception>
    public SampleSource Subset(IReadOnlyList<int> indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        if (indices.Count == 0) throw new ArgumentException($"Subset of '{Name}': no index is given.", nameof(indices));
        foreach (int index in indices)
        {
            if ((uint)index >= (uint)Count) throw new ArgumentException($"Subset of '{Name}': index {index} is outside 0 to {Count - 1}.", nameof(indices));
        }
        return new SampleSubset(this, [.. indices]);
    }
}
