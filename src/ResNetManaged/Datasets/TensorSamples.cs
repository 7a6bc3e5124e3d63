using System.Globalization;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Datasets;

/// <summary>The samples of <see cref="TensorDataset"/>.</summary>
internal sealed class TensorSamples : SampleSource
{
    private const int MaxClasses = 1 << 16; // keeps a wrong array from creating millions of names; ImageNet-21K has 21,841 classes

    private readonly Tensor _images;
    private readonly int[] _labels;

    private TensorSamples(string name, Tensor images, int[] labels)
    {
        Name = name;
        _images = images;
        _labels = labels;
        ClassNames = [.. Enumerable.Range(0, labels.Max() + 1).Select(label => label.ToString(CultureInfo.InvariantCulture))];
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override int Count => _labels.Length;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames { get; }

    /// <inheritdoc/>
    public override Shape InputShape => [.. _images.Shape.Dimensions[1..]];

    /// <inheritdoc/>
    public override int LabelOf(int index) => _labels[index];

    /// <inheritdoc/>
    public override void Load(int index, PhiloxGenerator random, Span<float> destination) =>
        _images.ReadOnlySpan.Slice(index * destination.Length, destination.Length).CopyTo(destination);

    /// <inheritdoc cref="TensorDataset.Load"/>
    public static TensorSamples Load(string imagesPath, string labelsPath)
    {
        Tensor images = Npy.Read(imagesPath), labels = Npy.Read(labelsPath);
        if (images.Rank != 4 || images.ElementCount == 0)
            throw new DatasetException(imagesPath, $"has shape {images.Shape}", "expected images [N, C, H, W], at least one");
        if (labels.Rank != 1 || labels.Shape[0] != images.Shape[0])
            throw new DatasetException(labelsPath, $"has shape {labels.Shape}", $"expected one label per image of '{imagesPath}', [{images.Shape[0]}]");
        return new TensorSamples(imagesPath, images, Array.ConvertAll(labels.ReadOnlySpan.ToArray(), label => ToLabel(label, labelsPath)));
    }

    /// <summary>All images in order.</summary>
    /// <param name="batchSize">Images per batch, at least 1; the last batch may have fewer.</param>
    /// <returns>The batches.</returns>
    public IEnumerable<LabeledBatch> Batches(int batchSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        int elements = _images.ElementCount / Count;
        for (int first = 0; first < Count; first += batchSize)
        {
            int count = Math.Min(batchSize, Count - first);
            Tensor images = Tensor.FromSpan(_images.ReadOnlySpan.Slice(first * elements, count * elements), _images.Shape.With(0, count));
            yield return new LabeledBatch(images, _labels[first..(first + count)]);
        }
    }

    private static int ToLabel(float value, string path) => value is >= 0 and < MaxClasses && value == MathF.Truncate(value)
        ? (int)value
        : throw new DatasetException(path, $"has the label {value}", $"expected whole numbers from 0 to {MaxClasses - 1}");
}
