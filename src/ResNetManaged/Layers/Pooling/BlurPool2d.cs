using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Tensors;

namespace ResNetManaged.Layers.Pooling;

/// <summary>Subsamples after a 3x3 binomial blur, so that the result hardly depends on which pixels are dropped.</summary>
/// <remarks>
/// Zhang 2019, arXiv:1904.11486. Input <c>[N, C, H, W]</c> with planes of at least 2 x 2 pixels, which are reflected at their edges; output
/// <c>[N, C, ceil(H / stride), ceil(W / stride)]</c>. timm's <c>BlurPool2d</c>.
/// </remarks>
internal sealed class BlurPool2d : Module
{
    /// <summary>Creates the layer.</summary>
    /// <param name="stride">The step between outputs.</param>
    public BlurPool2d(Size2D stride) => Stride = Check.Positive(stride, nameof(stride));

    /// <summary>The step between outputs.</summary>
    internal Size2D Stride { get; }

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Apply(new BlurPool2dOperation(Stride));

    /// <inheritdoc/>
    protected override string Describe() => $"stride={Stride.AsWritten()}";
}
