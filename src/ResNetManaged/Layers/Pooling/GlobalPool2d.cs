using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Tensors;

namespace ResNetManaged.Layers.Pooling;

/// <summary>Reduces each plane to its maximum, to the mean of its mean and its maximum, or to both.</summary>
/// <remarks>Input <c>[N, C, H, W]</c>, output <c>[N, C, 1, 1]</c>, or <c>[N, 2 C, 1, 1]</c> with the means first. timm's <c>SelectAdaptivePool2d</c>.</remarks>
/// <param name="mean">Whether means count.</param>
/// <param name="concatenates">Whether means and maxima are kept apart.</param>
internal sealed class GlobalPool2d(bool mean, bool concatenates) : Module
{
    /// <inheritdoc/>
    protected override Value ForwardCore(Value input)
    {
        Size2D plane = new(input.Shape[2], input.Shape[3]);
        Value maxima = input.Apply(new MaxPool2dOperation(plane, plane, 0, 1, ceilMode: false));
        if (!mean) return maxima;
        Value means = input.Apply(new AdaptiveAvgPool2dOperation(1));
        if (concatenates) return Value.Concat(means, maxima);
        return (means + maxima).Apply(new AvgPool2dOperation((1, 2), (1, 2), new Padding2D(0, 0, 0, 1), ceilMode: false, countIncludePad: true)); // half
    }

    /// <inheritdoc/>
    protected override string Describe() => $"pool_type={(!mean ? "max" : concatenates ? "catavgmax" : "avgmax")}";
}
