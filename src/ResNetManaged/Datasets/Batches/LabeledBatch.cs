using ResNetManaged.Tensors;

namespace ResNetManaged.Datasets.Batches;

/// <summary>Images ready for a network, and their classes.</summary>
/// <param name="Images">The network's input, <c>[N, C, H, W]</c>.</param>
/// <param name="Labels">The class of each of the N images.</param>
public sealed record LabeledBatch(Tensor Images, IReadOnlyList<int> Labels);
