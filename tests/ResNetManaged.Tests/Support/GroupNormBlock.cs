using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tests.Support;

/// <summary>A residual block with group norms: relu(norm(conv(relu(norm(conv(x))))) + shortcut), whose shortcut is x or norm(conv(x)).</summary>
internal sealed class GroupNormBlock : Module
{
    private readonly Module _branch;
    private readonly Module? _shortcut;

    /// <summary>Creates the block with random parameters.</summary>
    public GroupNormBlock(int inChannels, int channels, int groups, TorchGenerator generator, bool projects = true)
    {
        _branch = Register("branch", new Sequential(new Conv2d(inChannels, channels, 1, bias: false, generator: generator), Norm(groups, channels, generator),
            new ReLU(), new Conv2d(channels, channels, 3, padding: 1, bias: false, generator: generator), Norm(groups, channels, generator)));
        if (projects)
        {
            _shortcut = Register("shortcut",
                new Sequential(new Conv2d(inChannels, channels, 1, bias: false, generator: generator), Norm(groups, channels, generator)));
        }
    }

    /// <summary>A group norm with random parameters.</summary>
    public static GroupNorm Norm(int groups, int channels, TorchGenerator generator)
    {
        GroupNorm norm = new(groups, channels);
        norm.Weight!.Value = Tensor.Uniform([channels], generator, 0.5f, 1f);
        norm.Bias!.Value = Tensor.Uniform([channels], generator, -0.5f, 0.5f);
        return norm;
    }

    protected override Value ForwardCore(Value input)
    {
        Value sum = _branch.Forward(input) + (_shortcut?.Forward(input) ?? input);
        return new ReLU().Forward(sum);
    }
}
