using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Models;

/// <summary>The residual block of a 1x1, a 3x3 and a 1x1 convolution (He et al. 2015, figure 5, right).</summary>
/// <remarks>
/// Input <c>[N, inChannels, H, W]</c>, output <c>[N, 4 width, ceil(H / stride), ceil(W / stride)]</c>. With groups the 3x3 convolution
/// is ResNeXt's (Xie et al. 2016, arXiv:1611.05431); with more width per group the block is a wide one (arXiv:1605.07146).
/// </remarks>
public sealed class Bottleneck : ResidualBlock
{
    private const int Expansion = 4;

    /// <summary>Creates the article's bottleneck, which always projects its shortcut.</summary>
    /// <param name="middleChannels">Channels of the 3x3 convolution; the output has four times as many.</param>
    /// <param name="stride">1 keeps the image size; 2 halves it.</param>
    /// <param name="inChannels">
    /// Channels of the input, for the block behind the stem. By default those of the block before: four times
    /// <paramref name="middleChannels"/> at stride 1, twice otherwise.
    /// </param>
    /// <param name="generator">Where the weights are drawn from; null for a seed that nobody chose.</param>
    public Bottleneck(int middleChannels, int stride = 1, int? inChannels = null, TorchGenerator? generator = null)
        : this(ResNetConfig.Textbook(BlockKind.Bottleneck), inChannels ?? middleChannels * (stride == 1 ? Expansion : Expansion / 2),
            middleChannels, stride, generator)
    {
    }

    internal Bottleneck(ResNetConfig config, int inChannels, int width, int stride, TorchGenerator? generator)
        : base(config, inChannels, width * Expansion, stride, Branch(config, inChannels, width, stride), generator)
    {
    }

    private static ConvSpec[] Branch(ResNetConfig config, int inChannels, int width, int stride)
    {
        int middle = (int)(width * (config.WidthPerGroup / 64.0)) * config.Groups;
        (int first, int second) = config.StrideInFirstConvolution ? (stride, 1) : (1, stride);
        return
        [
            new ConvSpec(inChannels, middle, KernelSize: 1, first),
            new ConvSpec(middle, middle, KernelSize: 3, second, config.Groups),
            new ConvSpec(middle, width * Expansion, KernelSize: 1, ZeroInit: config.ZeroInitLastGamma),
        ];
    }
}
