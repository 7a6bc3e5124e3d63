using ResNetManaged.Models.Parts;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Models;

/// <summary>The residual block of two 3x3 convolutions (He et al. 2015, figure 5, left); torchvision's <c>BasicBlock</c>.</summary>
/// <remarks>Input <c>[N, inChannels, H, W]</c>, output <c>[N, outChannels, ceil(H / stride), ceil(W / stride)]</c>.</remarks>
public sealed class ResidualUnit : ResidualBlock
{
    private readonly ResNetNaming _naming;

    /// <summary>Creates the article's residual unit.</summary>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="stride">1 keeps the image size; 2 halves it.</param>
    /// <param name="inChannels">
    /// Channels of the input. They follow from the other two: <paramref name="outChannels"/> at stride 1, half of them otherwise.
    /// </param>
    /// <param name="generator">The source of the initial weights; null to seed randomly.</param>
    /// <exception cref="ArgumentException"><paramref name="inChannels"/> contradicts the other two.</exception>
    public ResidualUnit(int outChannels, int stride = 1, int? inChannels = null, TorchGenerator? generator = null)
        : this(new BlockSpec(ResNetConfig.Textbook(Kind), InChannels(outChannels, stride, inChannels), outChannels, stride), generator)
    {
    }

    internal ResidualUnit(in BlockSpec spec, TorchGenerator? generator) : base(spec, generator) => _naming = spec.Config.Naming;

    internal static BlockKind Kind { get; } =
        new(nameof(ResidualUnit), expansion: 1, Convolutions, (spec, generator) => new ResidualUnit(spec, generator)) { RegistersReluFirst = true };

    /// <summary><c>ResidualUnit</c> in the article's networks, <c>BasicBlock</c> in torchvision's.</summary>
    internal override string TypeName => _naming == ResNetNaming.Textbook ? nameof(ResidualUnit) : "BasicBlock";

    /// <summary>The input channels that the article's rule implies; no other number may be given.</summary>
    internal static int InChannels(int outChannels, int stride, int? inChannels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outChannels);
        int implied = stride == 1 ? outChannels : outChannels / 2;
        return inChannels is null || inChannels == implied
            ? implied
            : throw new ArgumentException(
                $"ResidualUnit: {inChannels} input channels were given; {outChannels} output channels at stride {stride} imply {implied}.",
                nameof(inChannels));
    }

    private static ConvSpec[] Convolutions(BlockSpec spec)
    {
        ResNetConfig config = spec.Config;
        int width = spec.Channels(0, spec.Width);
        return
        [
            spec.Subsampling(config.Convolution(spec.InChannels, width, kernelSize: 3, spec.Stride) with { Dilation = spec.FirstDilation }),
            config.Convolution(width, spec.OutChannels, kernelSize: 3) with { Dilation = spec.Dilation, ZeroInit = config.ZeroInitLastGamma },
        ];
    }
}
