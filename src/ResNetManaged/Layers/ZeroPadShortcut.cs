using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Tensors;

namespace ResNetManaged.Layers;

/// <summary>The parameter-free shortcut: takes every <c>stride</c>-th pixel and pads the channels with zeros, half on each side.</summary>
/// <remarks>
/// He et al. 2015, arXiv:1512.03385, section 3.3, option A. Input <c>[N, inChannels, H, W]</c>, output
/// <c>[N, outChannels, ceil(H / stride), ceil(W / stride)]</c>.
/// </remarks>
public sealed class ZeroPadShortcut : Module
{
    /// <summary>Creates the shortcut.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output, at least as many.</param>
    /// <param name="stride">The step between pixels taken.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer output than input channels, or the stride is not positive.</exception>
    public ZeroPadShortcut(int inChannels, int outChannels, Size2D stride)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inChannels);
        ArgumentOutOfRangeException.ThrowIfLessThan(outChannels, inChannels);
        InChannels = inChannels;
        OutChannels = outChannels;
        Stride = Check.Positive(stride, nameof(stride));
    }

    /// <summary>Channels of the input.</summary>
    public int InChannels { get; }

    /// <summary>Channels of the output.</summary>
    public int OutChannels { get; }

    /// <summary>The step between pixels taken.</summary>
    public Size2D Stride { get; }

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Apply(new ZeroPadShortcutOperation(InChannels, OutChannels, Stride));

    /// <inheritdoc/>
    protected override string Describe() => $"{InChannels}, {OutChannels}, stride={Stride}";
}
