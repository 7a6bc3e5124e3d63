using ResNetManaged.Tensors;

namespace ResNetManaged.Datasets.Batches;

/// <summary>Preprocessed images and their classes.</summary>
/// <param name="images">The network's input, <c>[N, C, H, W]</c>.</param>
/// <param name="labels">The class of each of the N images.</param>
internal sealed class LabeledBatch(Tensor images, IReadOnlyList<int> labels)
{
    /// <summary>The network's input, <c>[N, C, H, W]</c>.</summary>
    public Tensor Images { get; } = images;

    /// <summary>The class of each of the N images.</summary>
    public IReadOnlyList<int> Labels { get; } = labels;
}
