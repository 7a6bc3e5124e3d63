using System.Collections.Immutable;

namespace ResNetManaged.Models.Parts;

/// <summary>A residual block's place in a network, as data.</summary>
/// <param name="Config">The network's configuration.</param>
/// <param name="InChannels">Channels of the input.</param>
/// <param name="Width">The stage's width.</param>
/// <param name="Stride">1 keeps the image size; 2 halves it.</param>
internal readonly record struct BlockSpec(ResNetConfig Config, int InChannels, int Width, int Stride)
{
    private readonly BlockKind? _kind;
    private readonly int _dilation, _firstDilation; // less 1

    /// <summary>The kind of block.</summary>
    public BlockKind Kind
    {
        get => _kind ?? Config.Block;
        init => _kind = value;
    }

    /// <summary>The step between the taps of the 3x3 convolutions after the strided one.</summary>
    public int Dilation
    {
        get => _dilation + 1;
        init => _dilation = value - 1;
    }

    /// <summary>The step between the taps of the convolution that would stride.</summary>
    public int FirstDilation
    {
        get => _firstDilation + 1;
        init => _firstDilation = value - 1;
    }

    /// <summary>Whether it is the first block of its stage.</summary>
    public bool IsFirst { get; init; }

    /// <summary>The channels that each convolution of a pruned block returns; default for the kind's own.</summary>
    public ImmutableArray<int> Pruned { get; init; }

    /// <summary>Channels of the output before pruning.</summary>
    public int UnprunedChannels => Width * Kind.Expansion;

    /// <summary>Channels of the output.</summary>
    public int OutChannels => Pruned.IsDefault ? UnprunedChannels : Pruned[^1];

    /// <summary>Whether the identity cannot be the shortcut.</summary>
    public bool ChangesShape => Stride != 1 || InChannels != OutChannels;

    /// <summary>The channels that a convolution returns.</summary>
    /// <param name="convolution">Its number in the branch, from 0.</param>
    /// <param name="channels">The channels before pruning.</param>
    public int Channels(int convolution, int channels) => Pruned.IsDefault ? channels : Pruned[convolution];

    /// <summary>The convolution that would stride, which leaves that to anti-aliasing if the network has it.</summary>
    public ConvSpec Subsampling(ConvSpec convolution)
    {
        bool needed = Config.AntiAliasing != AntiAliasing.None && (Stride != 1 || FirstDilation != Dilation);
        return needed ? convolution with { Stride = 1, PoolStride = Stride } : convolution;
    }
}
