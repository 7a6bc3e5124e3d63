using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Tensors;

namespace ResNetManaged.Layers;

/// <summary>The mean of each window.</summary>
/// <remarks>Input <c>[N, C, H, W]</c>, output <c>[N, C, H', W']</c>. Defaults are those of <c>nn.AvgPool2d</c>.</remarks>
public sealed class AvgPool2d : Module
{
    /// <summary>Creates the layer.</summary>
    /// <param name="kernelSize">Height and width of the window.</param>
    /// <param name="stride">The step between windows; the window's own size by default.</param>
    /// <param name="padding">Zeros around each plane, on each side at most half the window; 0 by default.</param>
    /// <param name="ceilMode">Whether a window may extend past the far edge, provided it starts inside the input or its near padding.</param>
    /// <param name="countIncludePad">Whether padding counts in the mean's divisor.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    public AvgPool2d(Size2D kernelSize, Size2D? stride = null, Padding2D? padding = null, bool ceilMode = false, bool countIncludePad = true)
    {
        KernelSize = Check.Positive(kernelSize, nameof(kernelSize));
        Stride = Check.Positive(stride ?? kernelSize, nameof(stride));
        Padding = Check.NotNegative(padding ?? 0, nameof(padding));
        CeilMode = ceilMode;
        CountIncludePad = countIncludePad;
    }

    /// <summary>Height and width of the window.</summary>
    internal Size2D KernelSize { get; }

    /// <summary>The step between windows.</summary>
    internal Size2D Stride { get; }

    /// <summary>Zeros around each plane.</summary>
    internal Padding2D Padding { get; }

    /// <summary>Whether a window may extend past the far edge.</summary>
    internal bool CeilMode { get; }

    /// <summary>Whether padding counts in the mean's divisor.</summary>
    internal bool CountIncludePad { get; }

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) =>
        input.Apply(new AvgPool2dOperation(KernelSize, Stride, Padding, CeilMode, CountIncludePad));

    /// <inheritdoc/>
    protected override string Describe() =>
        $"kernel_size={KernelSize.AsWritten()}, stride={Stride.AsWritten()}, padding={Padding.AsWritten()}";
}
