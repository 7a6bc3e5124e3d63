using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Layers.Activations;
using ResNetManaged.Models.Parts;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Models.Blocks;

/// <summary>The residual block of networks for faces: norm, convolution, norm, PReLU, strided convolution, norm, and nothing after the sum.</summary>
/// <remarks>Deng et al. 2019, "ArcFace", arXiv:1801.07698, section 3.1, after Han et al. 2016, arXiv:1610.02915. Names are insightface's.</remarks>
internal sealed class FaceUnit : Module
{
    private readonly Module[] _branch;
    private readonly Module? _shortcut;

    private FaceUnit(in BlockSpec spec, TorchGenerator? generator)
    {
        ConvSpec[] branch = spec.Kind.Branch(spec);
        _branch =
        [
            Register("bn1", branch[0].BuildNormOfInput()),
            Register("conv1", branch[0].BuildConvolution(generator)),
            Register("bn2", branch[0].BuildNorm()),
            Register("prelu", new PReLU(spec.Width)),
            Register("conv2", branch[1].BuildConvolution(generator)),
            Register("bn3", branch[1].BuildNorm()),
        ];
        if (Shortcuts.Build(spec, generator) is { } shortcut) _shortcut = Register("downsample", shortcut);
    }

    internal static BlockKind Kind { get; } = new(nameof(FaceUnit), expansion: 1, Convolutions, (spec, generator) => new FaceUnit(spec, generator));

    internal override string TypeName => "IBasicBlock";

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input)
    {
        Value residual = input;
        foreach (Module module in _branch) residual = module.Forward(residual);
        return residual + (_shortcut?.Forward(input) ?? input);
    }

    private static ConvSpec[] Convolutions(BlockSpec spec)
    {
        ResNetConfig config = spec.Config;
        return
        [
            config.Convolution(spec.InChannels, spec.Width, kernelSize: 3) with { Dilation = spec.FirstDilation },
            config.Convolution(spec.Width, spec.Width, kernelSize: 3, spec.Stride) with { Dilation = spec.Dilation, ZeroInit = config.ZeroInitLastGamma },
        ];
    }
}
