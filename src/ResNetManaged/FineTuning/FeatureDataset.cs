using ResNetManaged.Datasets;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.FineTuning;

/// <summary>Images by their features: what a head learns from.</summary>
public sealed class FeatureDataset : SampleSource
{
    private readonly LabeledData _data;

    /// <summary>Puts labels and features together.</summary>
    /// <param name="data">The images' names and labels.</param>
    /// <param name="features"><c>[N, D]</c>, a row for each image; not copied.</param>
    /// <exception cref="ShapeMismatchException">There is not one row an image.</exception>
    public FeatureDataset(LabeledData data, Tensor features)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(features);
        if (features.Rank != 2 || features.Shape[0] != data.Count)
        {
            throw new ShapeMismatchException(
                $"FeatureDataset: features {features.Shape} differ from [{data.Count}, D], a row for each image of '{data.Name}'.");
        }
        (_data, Features) = (data, features);
    }

    /// <summary>The features, <c>[N, D]</c>.</summary>
    public Tensor Features { get; }

    /// <inheritdoc/>
    public override string Name => _data.Name;

    /// <inheritdoc/>
    public override int Count => _data.Count;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames => _data.ClassNames;

    /// <summary>The shape of one row, <c>[D]</c>.</summary>
    public override Shape InputShape => [Features.Shape[1]];

    /// <inheritdoc/>
    public override int LabelOf(int index) => _data.LabelOf(index);

    /// <inheritdoc/>
    public override string NameOf(int index) => _data.NameOf(index);

    /// <inheritdoc/>
    public override void Load(int index, PhiloxGenerator random, Span<float> destination) =>
        Features.ReadOnlySpan.Slice(index * destination.Length, destination.Length).CopyTo(destination);
}
