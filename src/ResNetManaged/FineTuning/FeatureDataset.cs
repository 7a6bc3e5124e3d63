using ResNetManaged.Datasets;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.FineTuning;

/// <summary>The features of labeled images, for a head to learn from.</summary>
internal sealed class FeatureDataset : SampleSource
{
    private readonly LabeledData _data;

    /// <summary>Combines labels and features.</summary>
    /// <param name="data">The images' names and labels.</param>
    /// <param name="features"><c>[N, D]</c>, one row per image; not copied.</param>
    /// <exception cref="ShapeMismatchException">The number of rows differs from the number of images.</exception>
    public FeatureDataset(LabeledData data, Tensor features)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(features);
        if (features.Rank != 2 || features.Shape[0] != data.Count)
        {
            throw new ShapeMismatchException(
                $"FeatureDataset: features {features.Shape} differ from [{data.Count}, D], one row per image of '{data.Name}'.");
        }
        (_data, Features) = (data, features);
    }

    /// <summary>The features, <c>[N, D]</c>.</summary>
    public Tensor Features { get; }

    public override string Name => _data.Name;

    public override int Count => _data.Count;

    public override IReadOnlyList<string> ClassNames => _data.ClassNames;

    /// <summary>The shape of one row, <c>[D]</c>.</summary>
    public override Shape InputShape => [Features.Shape[1]];

    public override int LabelOf(int index) => _data.LabelOf(index);

    public override string NameOf(int index) => _data.NameOf(index);

    public override void Load(int index, PhiloxGenerator random, Span<float> destination) =>
        Features.ReadOnlySpan.Slice(index * destination.Length, destination.Length).CopyTo(destination);
}
