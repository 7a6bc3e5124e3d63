using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Tensors;

namespace ResNetManaged.Layers;

/// <summary>The largest element of each window. Padding counts as minus infinity; NaN wins.</summary>
/// <remarks>Input <c>[N, C, H, W]</c>, output <c>[N, C, H', W']</c>. Defaults are those of <c>nn.MaxPool2d</c>.</remarks>
public sealed class MaxPool2d : Module
{
    /// <summary>Creates the layer.</summary>
    /// <param name="kernelSize">Height and width of the window.</param>
    /// <param name="stride">The step between windows; the window's own size by default.</param>
    /// <param name="padding">Padding around each plane, on each side at most half the window; 0 by default.</param>
    /// <param name="dilation">The step between elements of a window; 1 by default.</param>
    /// <param name="ceilMode">Whether a window may extend past the far edge, provided it starts inside the input or its near padding.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    public MaxPool2d(Size2D kernelSize, Size2D? stride = null, Padding2D? padding = null, Size2D? dilation = null, bool ceilMode = false)
    {
        KernelSize = Check.Positive(kernelSize, nameof(kernelSize));
        Stride = Check.Positive(stride ?? kernelSize, nameof(stride));
        Padding = Check.NotNegative(padding ?? 0, nameof(padding));
        Dilation = Check.Positive(dilation ?? 1, nameof(dilation));
        CeilMode = ceilMode;
    }

    /// <summary>Height and width of the window.</summary>
    internal Size2D KernelSize { get; }

    /// <summary>The step between windows.</summary>
    internal Size2D Stride { get; }

    /// <summary>Padding around each plane.</summary>
    internal Padding2D Padding { get; }

    /// <summary>The step between elements of a window.</summary>
    internal Size2D Dilation { get; }

    /// <summary>Whether a window may extend past the far edge.</summary>
    internal bool CeilMode { get; }

    /// <summary>Whether the padding's elements are zeros that count.</summary>
    internal bool PadsWithZeros { get; init; }

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) =>
        input.Apply(new MaxPool2dOperation(KernelSize, Stride, Padding, Dilation, CeilMode) { PadsWithZeros = PadsWithZeros });

    /// <inheritdoc/>
    protected override string Describe() =>
        $"kernel_size={KernelSize.AsWritten()}, stride={Stride.AsWritten()}, padding={Padding.AsWritten()}, "
        + $"dilation={Dilation.AsWritten()}, ceil_mode={PythonFormat.Bool(CeilMode)}";
}
