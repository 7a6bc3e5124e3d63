using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Tensors;

namespace ResNetManaged.Layers;

/// <summary>The parameter-free shortcut: takes every <c>stride</c>-th pixel and pads the channels with zeros, half on each side.</summary>
/// <remarks>
/// He et al. 2015, arXiv:1512.03385, section 3.3, option A. Input <c>[N, inChannels, H, W]</c>, output
/// <c>[N, outChannels, ceil(H / stride), ceil(W / stride)]</c>.
/// </remarks>
internal sealed class ZeroPadShortcut : Module
{
    /// <summary>Creates the shortcut.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output, at least as many as the input has.</param>
    /// <param name="stride">The step between the pixels taken.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer output channels than input channels, or the stride is not positive.</exception>
    public ZeroPadShortcut(int inChannels, int outChannels, Size2D stride)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inChannels);
        ArgumentOutOfRangeException.ThrowIfLessThan(outChannels, inChannels);
        InChannels = inChannels;
        OutChannels = outChannels;
        Stride = Check.Positive(stride, nameof(stride));
    }

    /// <summary>Channels of the input.</summary>
    internal int InChannels { get; }

    /// <summary>Channels of the output.</summary>
    internal int OutChannels { get; }

    /// <summary>The step between the pixels taken.</summary>
    internal Size2D Stride { get; }

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Apply(new ZeroPadShortcutOperation(InChannels, OutChannels, Stride));

    /// <inheritdoc/>
    protected override string Describe() => $"{InChannels}, {OutChannels}, stride={Stride}";
}
