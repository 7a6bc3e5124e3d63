using System.Globalization;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Models.Parts;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Models.Blocks;

/// <summary>A residual block whose norms and activations come first: y = F(a) + shortcut, with a = ReLU(norm(x)).</summary>
/// <remarks>
/// He et al. 2016, "Identity Mappings in Deep Residual Networks", arXiv:1603.05027, figure 4e. F is the kind's convolutions with a norm and a ReLU
/// between each pair; the shortcut is x itself, or a projection of a. Bottlenecks project in the first block of each stage, other blocks where the
/// shape changes. Names are timm's: <c>downsample.conv</c>, <c>norm1</c>, <c>conv1</c>, and so on.
/// </remarks>
internal sealed class PreActivationBlock : Module
{
    private readonly Module? _shortcut;
    private readonly Module _firstNorm;
    private readonly List<Module> _branch = [];
    private readonly ReLU _relu = new(inplace: true);

    public PreActivationBlock(in BlockSpec spec, TorchGenerator? generator)
    {
        TypeName = spec.Kind == BlockKind.Bottleneck ? "PreActBottleneck" : "PreActBasic";
        if (spec.ChangesShape || (spec.IsFirst && spec.Kind == BlockKind.Bottleneck))
            _shortcut = Register("downsample", Shortcuts.PreActivation(spec, generator));
        ConvSpec[] branch = spec.Kind.Branch(spec);
        _firstNorm = Register("norm1", branch[0].BuildNormOfInput());
        for (int i = 0; i < branch.Length; i++)
        {
            string number = (i + 1).ToString(CultureInfo.InvariantCulture);
            if (i > 0)
            {
                _branch.Add(Register("norm" + number, branch[i].BuildNormOfInput()));
                _branch.Add(_relu);
            }
            _branch.Add(Register("conv" + number, branch[i].BuildConvolution(generator)));
        }
        Register("act", _relu);
    }

    internal override string TypeName { get; }

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input)
    {
        Value activated = _relu.Forward(_firstNorm.Forward(input));
        Value shortcut = _shortcut?.Forward(activated) ?? input;
        Value residual = activated;
        foreach (Module module in _branch) residual = module.Forward(residual);
        return residual + shortcut;
    }
}
