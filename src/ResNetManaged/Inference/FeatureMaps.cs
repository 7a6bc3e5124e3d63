using ResNetManaged.Tensors;

namespace ResNetManaged.Inference;

/// <summary>The outputs of a network's stages for one image.</summary>
public sealed class FeatureMaps
{
    internal FeatureMaps(IReadOnlyList<Tensor> stages, Tensor pooled) => (Stages, Pooled) = (stages, pooled);

    /// <summary>The output of each stage of residual blocks, first stage first: <c>[1, C, H, W]</c>, nonnegative because a ReLU comes last.</summary>
    public IReadOnlyList<Tensor> Stages { get; }

    /// <summary>The mean of each plane of the last stage, <c>[1, D]</c>: the vector that <see cref="ImageEmbedder"/> returns.</summary>
    public Tensor Pooled { get; }
}
