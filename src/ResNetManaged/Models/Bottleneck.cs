using ResNetManaged.Models.Parts;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Models;

/// <summary>The residual block of a 1x1, a 3x3 and a 1x1 convolution (He et al. 2015, figure 5, right).</summary>
/// <remarks>
/// Input <c>[N, inChannels, H, W]</c>, output <c>[N, 4 width, ceil(H / stride), ceil(W / stride)]</c>. With groups the 3x3 convolution
/// is ResNeXt's (Xie et al. 2016, arXiv:1611.05431); with more width per group the block is a wide one (arXiv:1605.07146).
/// </remarks>
public sealed class Bottleneck : ResidualBlock
{
    /// <summary>Creates the article's bottleneck, which always projects its shortcut.</summary>
    /// <param name="middleChannels">Channels of the 3x3 convolution; the output has four times as many.</param>
    /// <param name="stride">1 keeps the image size; 2 halves it.</param>
    /// <param name="inChannels">
    /// Channels of the input, for the block after the stem. By default those of the previous block: four times
    /// <paramref name="middleChannels"/> at stride 1, twice otherwise.
    /// </param>
    /// <param name="generator">The source of the initial weights; null to seed randomly.</param>
    public Bottleneck(int middleChannels, int stride = 1, int? inChannels = null, TorchGenerator? generator = null)
        : this(new BlockSpec(ResNetConfig.Textbook(Kind), inChannels ?? middleChannels * Kind.Expansion / (stride == 1 ? 1 : 2), middleChannels, stride),
            generator)
    {
    }

    internal Bottleneck(in BlockSpec spec, TorchGenerator? generator) : base(spec, generator) { }

    internal static BlockKind Kind { get; } =
        new(nameof(Bottleneck), expansion: 4, Convolutions, (spec, generator) => new Bottleneck(spec, generator)) { IsGrouped = true };

    private static ConvSpec[] Convolutions(BlockSpec spec)
    {
        ResNetConfig config = spec.Config;
        int width = (int)(spec.Width * (config.WidthPerGroup / (double)ResNetConfig.BaseWidth)) * config.Groups;
        int first = spec.Channels(0, width / config.FirstConvolutionDivisor), second = spec.Channels(1, width);
        (int firstStride, int secondStride) = config.StrideInFirstConvolution ? (spec.Stride, 1) : (1, spec.Stride);
        return
        [
            config.Convolution(spec.InChannels, first, kernelSize: 1, firstStride),
            spec.Subsampling(config.Convolution(first, second, kernelSize: 3, secondStride, config.Groups) with { Dilation = spec.FirstDilation }),
            config.Convolution(second, spec.OutChannels, kernelSize: 1) with { ZeroInit = config.ZeroInitLastGamma },
        ];
    }
}
