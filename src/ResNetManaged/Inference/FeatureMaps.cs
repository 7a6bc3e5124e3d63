using ResNetManaged.Tensors;

namespace ResNetManaged.Inference;

/// <summary>What a network sees in an image, stage by stage.</summary>
/// <param name="Stages">The output of each stage of residual blocks, from the input on: <c>[1, C, H, W]</c>, after its last ReLU, so 0 or more.</param>
/// <param name="Pooled">The mean of each plane of the last stage, <c>[1, D]</c>: what <see cref="ImageEmbedder"/> calls the embedding.</param>
public sealed record FeatureMaps(IReadOnlyList<Tensor> Stages, Tensor Pooled);
