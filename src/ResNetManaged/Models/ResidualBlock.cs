using System.Globalization;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Models.Parts;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Models;

/// <summary>A residual block: y = ReLU(F(x) + shortcut(x)).</summary>
/// <remarks>
/// He et al. 2015, arXiv:1512.03385, equations 1 and 2. F is a sequence of convolutions with a norm and a ReLU between each pair, with
/// anti-aliasing instead of a stride, and with attention to channels after the last if the network has them; the shortcut is the identity, a
/// projection or zero-padding. The block's kind lists the convolutions of F; the network's naming decides how they are named and nested.
/// </remarks>
public abstract class ResidualBlock : Module
{
    private readonly List<Module> _branch = [];
    private readonly ReLU _relu = new(inplace: true);
    private readonly Module? _shortcut;

    private protected ResidualBlock(in BlockSpec spec, TorchGenerator? generator)
    {
        ResNetConfig config = spec.Config;
        ConvSpec[] branch = spec.Kind.Branch(spec);
        if (config.Naming == ResNetNaming.Textbook)
        {
            _branch.Add(Register("fit_", new Sequential(Alternate(branch, generator))));
            RegisterAttention(spec, generator);
            Module projection = Register("skipconv", Shortcuts.Projection(spec, generator));
            bool used = config.Shortcut == ShortcutOption.ProjectionEverywhere || spec.Stride != 1;
            _shortcut = used ? projection : null;
            Register("relu", _relu);
            return;
        }

        // torchvision draws the projection's weights before the branch's but registers it last.
        Module? shortcut = Shortcuts.Build(spec, generator);
        for (int i = 0; i < branch.Length; i++)
        {
            string number = (i + 1).ToString(CultureInfo.InvariantCulture);
            if (i > 0) _branch.Add(_relu);
            if (i > 0 && branch[i - 1].PoolStride is int poolStride)
                _branch.Add(Register("aa", AntiAliasingLayers.Create(config.AntiAliasing, poolStride)));
            _branch.Add(Register("conv" + number, branch[i].BuildConvolution(generator)));
            _branch.Add(Register("bn" + number, branch[i].BuildNorm()));
            if (i == 0 && spec.Kind.RegistersReluFirst) Register("relu", _relu);
        }
        RegisterAttention(spec, generator);
        if (!spec.Kind.RegistersReluFirst) Register("relu", _relu);
        if (shortcut is not null) _shortcut = Register(config.Naming == ResNetNaming.Cifar ? "shortcut" : "downsample", shortcut);
    }

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input)
    {
        Value residual = input;
        foreach (Module module in _branch) residual = module.Forward(residual);
        Value shortcut = _shortcut?.Forward(input) ?? input;
        return _relu.Forward(residual + shortcut);
    }

    private void RegisterAttention(in BlockSpec spec, TorchGenerator? generator)
    {
        if (spec.Config.SqueezeReduction is int reduction)
            _branch.Add(Register("se", new SqueezeExcitation(spec.OutChannels, reduction, generator)));
        else if (spec.Config.EfficientAttention)
            _branch.Add(Register("se", new EfficientChannelAttention(EfficientChannelAttention.KernelSize(spec.UnprunedChannels), generator)));
    }

    /// <summary>Convolutions with a ReLU between each pair.</summary>
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
