using ResNetManaged.Layers;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Models.Parts;

/// <summary>A convolution without bias and the norm after it, as data.</summary>
/// <param name="InChannels">Channels of the input.</param>
/// <param name="OutChannels">Channels of the output.</param>
/// <param name="KernelSize">Height and width of the kernel, odd; the padding is half of what it spans, so that only the stride changes the size.</param>
/// <param name="Stride">The step between outputs.</param>
/// <param name="Groups">Groups of the convolution.</param>
/// <param name="ZeroInit">Whether the norm's weight starts at 0.</param>
/// <param name="Dilation">The step between kernel taps.</param>
internal readonly record struct ConvSpec(
    int InChannels, int OutChannels, int KernelSize, int Stride = 1, int Groups = 1, bool ZeroInit = false, int Dilation = 1)
{
    private const int NormGroups = 32;

    /// <summary>What normalizes.</summary>
    public NormKind Norm { get; init; }

    /// <summary>The stride of the anti-aliasing that follows the activation; null for none.</summary>
    public int? PoolStride { get; init; }

    /// <summary>What is added to the variance of standardized weights; null for weights as they are.</summary>
    public double? StandardizationEps { get; init; }

    public Conv2d BuildConvolution(TorchGenerator? generator) => new(InChannels, OutChannels, KernelSize, Stride, padding: Dilation * (KernelSize / 2),
        dilation: Dilation, groups: Groups, bias: false, generator: generator)
    { StandardizationEps = StandardizationEps };

    public Module BuildNorm() => BuildNorm(OutChannels);

    /// <summary>The norm before the convolution, in pre-activation networks.</summary>
    public Module BuildNormOfInput() => (this with { ZeroInit = false }).BuildNorm(InChannels);

    public Sequential BuildSequential(TorchGenerator? generator) => new(BuildConvolution(generator), BuildNorm());

    private Module BuildNorm(int channels)
    {
        if (Norm == NormKind.Group)
        {
            GroupNorm group = new(NormGroups, channels);
            if (ZeroInit) group.Weight!.Fill(0f);
            return group;
        }
        BatchNorm2d norm = new(channels);
        if (ZeroInit) norm.Weight!.Fill(0f);
        return norm;
    }
}
