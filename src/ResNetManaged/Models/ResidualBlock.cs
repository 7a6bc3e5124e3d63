using System.Globalization;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Models;

/// <summary>A residual block: y = ReLU(F(x) + shortcut(x)).</summary>
/// <remarks>
/// He et al. 2015, arXiv:1512.03385, equations 1 and 2. F is a row of convolutions with batch norm, with a ReLU between each two; the
/// shortcut is the identity, a 1x1 projection or a zero-padding. Which convolutions F has is the subclass's; how they are named and
/// nested is the configuration's <see cref="ResNetConfig.Naming"/>.
/// </remarks>
public abstract class ResidualBlock : Module
{
    private readonly List<Module> _branch = [];
    private readonly Module? _shortcut;
    private readonly ReLU _relu;

    private protected ResidualBlock(ResNetConfig config, int inChannels, int outChannels, int stride, ReadOnlySpan<ConvSpec> branch,
        TorchGenerator? generator)
    {
        bool changesShape = stride != 1 || inChannels != outChannels;
        ConvSpec projection = new(inChannels, outChannels, KernelSize: 1, stride);
        if (config.Naming == ResNetNaming.Textbook)
        {
            Sequential fit = Register("fit_", new Sequential(Alternate(branch, generator)));
            _branch.Add(fit);
            Sequential skip = Register("skipconv", projection.BuildSequential(generator));
            bool used = config.Shortcut == ShortcutOption.ProjectionEverywhere || stride != 1;
            _shortcut = used ? skip : null;
            _relu = Register("relu", new ReLU(inplace: true));
            return;
        }

        // The projection is built first and registered last: torchvision draws its weights before those of the branch.
        Module? shortcut = config.Shortcut switch
        {
            ShortcutOption.ZeroPadding => changesShape ? new ZeroPadShortcut(inChannels, outChannels, stride) : null,
            ShortcutOption.ProjectionWhereShapeChanges => changesShape ? projection.BuildSequential(generator) : null,
            _ => projection.BuildSequential(generator),
        };
        _relu = new ReLU(inplace: true);
        // torchvision's BasicBlock creates its ReLU after the first batch norm, its Bottleneck after the last.
        int convolutionsBeforeRelu = config.Block == BlockKind.Bottleneck ? branch.Length : 1;
        for (int i = 0; i < branch.Length; i++)
        {
            string number = (i + 1).ToString(CultureInfo.InvariantCulture);
            if (i > 0) _branch.Add(_relu);
            _branch.Add(Register("conv" + number, branch[i].BuildConvolution(generator)));
            _branch.Add(Register("bn" + number, branch[i].BuildNorm()));
            if (i + 1 == convolutionsBeforeRelu) Register("relu", _relu);
        }
        if (shortcut is not null)
            _shortcut = Register(config.Naming == ResNetNaming.Cifar ? "shortcut" : "downsample", shortcut);
    }

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input)
    {
        Value residual = input;
        foreach (Module module in _branch) residual = module.Forward(residual);
        Value shortcut = _shortcut?.Forward(input) ?? input;
        return _relu.Forward(residual + shortcut);
    }

    /// <summary>The block that a configuration asks for.</summary>
    internal static ResidualBlock Create(ResNetConfig config, int inChannels, int width, int stride, TorchGenerator? generator) =>
        config.Block == BlockKind.Bottleneck
            ? new Bottleneck(config, inChannels, width, stride, generator)
            : new ResidualUnit(config, inChannels, width, stride, generator);

    /// <summary>Convolutions with a ReLU between each two.</summary>
    private static List<Module> Alternate(ReadOnlySpan<ConvSpec> branch, TorchGenerator? generator)
    {
        List<Module> modules = [];
        foreach (ConvSpec spec in branch)
        {
            if (modules.Count > 0) modules.Add(new ReLU(inplace: true));
            modules.Add(spec.BuildSequential(generator));
        }
        return modules;
    }
}
