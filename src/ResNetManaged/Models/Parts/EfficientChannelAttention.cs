using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Layers.Activations;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Models.Parts;

/// <summary>Scales each channel by a number in (0, 1) computed from the means of neighboring channels: y = x sigmoid(conv(mean(x))).</summary>
/// <remarks>
/// Wang et al. 2020, "ECA-Net: Efficient Channel Attention for Deep Convolutional Neural Networks", arXiv:1910.03151, equations 9 and 12. Input and
/// output <c>[N, C, H, W]</c>. The only weights are those of a 1-D convolution over channels, <c>conv</c>, as in timm.
/// </remarks>
internal sealed class EfficientChannelAttention : Module
{
    private readonly Module[] _gate;

    /// <summary>Creates the layer.</summary>
    /// <param name="kernelSize">The number of neighboring channels; <see cref="KernelSize"/> by the paper's rule.</param>
    /// <param name="generator">The source of the initial weights; null to seed randomly.</param>
    public EfficientChannelAttention(int kernelSize, TorchGenerator? generator = null) => _gate =
    [
        Register("pool", new AdaptiveAvgPool2d(1)),
        Register("conv", new ChannelConv1d(kernelSize, generator)),
        Register("gate", new Sigmoid()),
    ];

    /// <summary>The kernel size for a number of channels: the odd number at or above (log2(channels) + 1) / 2, at least 3.</summary>
    public static int KernelSize(int channels) => Math.Max((int)((Math.Log2(channels) + 1) / 2) | 1, 3);

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input)
    {
        Value scale = input;
        foreach (Module module in _gate) scale = module.Forward(scale);
        return input * scale;
    }
}
