using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Tensors;

namespace ResNetManaged.Layers;

/// <summary>The mean over a grid of windows that covers an input of any size: output (i, j) averages rows
/// floor(i H / H') to ceil((i + 1) H / H') - 1, columns likewise.</summary>
/// <remarks>Input <c>[N, C, H, W]</c>, output <c>[N, C, H', W']</c>; 1 x 1 is global average pooling.</remarks>
/// <param name="outputSize">H' and W'.</param>
/// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
public sealed class AdaptiveAvgPool2d(Size2D outputSize) : Module
{
    /// <summary>Height and width of the output.</summary>
    internal Size2D OutputSize { get; } = Check.Positive(outputSize, nameof(outputSize));

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Apply(new AdaptiveAvgPool2dOperation(OutputSize));

    /// <inheritdoc/>
    protected override string Describe() => $"output_size={OutputSize.AsWritten()}";
}
