using ResNetManaged.Layers;
using ResNetManaged.Models.Parts;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Models;

/// <summary>A kind of residual block.</summary>
/// <remarks>Each kind is defined as data in its block's file. A new kind takes a new file and a line here.</remarks>
public sealed class BlockKind
{
    /// <summary>Two 3x3 convolutions (He et al. 2015, arXiv:1512.03385, figure 5, left); torchvision's <c>BasicBlock</c>.</summary>
    public static BlockKind ResidualUnit => Models.ResidualUnit.Kind;

    /// <summary>A 1x1, a 3x3 and a 1x1 convolution (figure 5, right), the last with four times the width.</summary>
    public static BlockKind Bottleneck => Models.Bottleneck.Kind;

    /// <summary>All kinds. Computed on each call, because the kinds' static initializers could otherwise see it half initialized.</summary>
    internal static IReadOnlyList<BlockKind> All => [ResidualUnit, Bottleneck];

    /// <param name="name">The kind's name, for messages.</param>
    /// <param name="expansion">The block's output channels divided by its width.</param>
    /// <param name="branch">Lists the convolutions of the residual branch, each of which is followed by batch norm.</param>
    /// <param name="create">Creates a block.</param>
    internal BlockKind(string name, int expansion, Func<BlockSpec, ConvSpec[]> branch, Func<BlockSpec, TorchGenerator?, Module> create)
    {
        Name = name;
        Expansion = expansion;
        Branch = branch;
        Create = create;
    }

    internal string Name { get; }

    internal int Expansion { get; }

    internal Func<BlockSpec, ConvSpec[]> Branch { get; }

    internal Func<BlockSpec, TorchGenerator?, Module> Create { get; }

    /// <summary>Whether this kind supports groups and a width per group.</summary>
    internal bool IsGrouped { get; init; }

    /// <summary>Whether torchvision registers the block's ReLU after the first batch norm; otherwise after the last. Prints show the order.</summary>
    internal bool RegistersReluFirst { get; init; }

    /// <summary>The number of convolutions in the branch.</summary>
    internal int Convolutions => Branch(new BlockSpec(ResNetConfig.Torchvision(this), ResNetConfig.BaseWidth, ResNetConfig.BaseWidth, Stride: 1)).Length;
}
