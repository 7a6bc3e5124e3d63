using System.Collections.Immutable;

namespace ResNetManaged.Models;

/// <summary>The two residual blocks of the paper (He et al. 2015, arXiv:1512.03385, figure 5).</summary>
public enum BlockKind
{
    /// <summary>Two 3x3 convolutions; torchvision calls it <c>BasicBlock</c>.</summary>
    ResidualUnit,

    /// <summary>1x1, 3x3, 1x1, the last with four times the width.</summary>
    Bottleneck,
}

/// <summary>What stands before the first stage.</summary>
public enum StemKind
{
    /// <summary>7x7/2 convolution, batch norm, ReLU, 3x3/2 max-pooling with padding 1: the paper's and torchvision's.</summary>
    ImageNet,

    /// <summary>The same, but the max-pooling has no padding and rounds its output size up: the article's.</summary>
    CeilPooling,

    /// <summary>3x3 convolution, batch norm, ReLU: the paper's for CIFAR-10, section 4.2.</summary>
    Cifar,
}

/// <summary>How a shortcut changes shape, as the paper's section 3.3 names the options.</summary>
public enum ShortcutOption
{
    /// <summary>A: subsampling and zero channels, no parameters.</summary>
    ZeroPadding,

    /// <summary>B: a 1x1 projection where the shape changes, the identity elsewhere.</summary>
    ProjectionWhereShapeChanges,

    /// <summary>C: a 1x1 projection in every block.</summary>
    ProjectionEverywhere,

    /// <summary>B as the article writes its residual unit: every block owns a projection, but only strided ones use it.</summary>
    ProjectionOwnedButUsedWhereStrided,
}

/// <summary>Which names, and which nesting of modules, a network shows: its contract with checkpoints.</summary>
public enum ResNetNaming
{
    /// <summary><c>conv1, bn1, layer1.0.conv1, layer1.0.downsample.0, ..., fc</c>.</summary>
    Torchvision,

    /// <summary>The article's <c>layer1.0, layer2_x.0.fit_.0.0, layer2_x.0.skipconv.0, ..., fc</c>.</summary>
    Textbook,

    /// <summary>As torchvision, but the head is called <c>linear</c> and the shortcut <c>shortcut</c>, as is usual for CIFAR networks.</summary>
    Cifar,
}

/// <summary>Everything that tells one residual network from another.</summary>
/// <remarks><see cref="ResNetVariants"/> has the named ones; make others with <c>with</c>.</remarks>
public sealed record ResNetConfig
{
    /// <summary>The kind of block.</summary>
    public required BlockKind Block { get; init; }

    /// <summary>Blocks per stage.</summary>
    public required ImmutableArray<int> Depths { get; init; }

    /// <summary>Width of each stage: a residual unit's channels, a quarter of a bottleneck's. As many as there are depths.</summary>
    public ImmutableArray<int> Widths { get; init; } = [64, 128, 256, 512];

    /// <summary>Groups of the 3x3 convolutions of bottlenecks (ResNeXt's cardinality, arXiv:1611.05431).</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Channels per group of the 3x3 convolutions in a stage of width 64; 64 unless the network is grouped or wide.</summary>
    public int WidthPerGroup { get; init; } = 64;

    /// <summary>What stands before the first stage.</summary>
    public StemKind Stem { get; init; }

    /// <summary>How a shortcut changes shape.</summary>
    public ShortcutOption Shortcut { get; init; } = ShortcutOption.ProjectionWhereShapeChanges;

    /// <summary>
    /// Whether a strided bottleneck strides in its first 1x1 convolution, as the paper does; torchvision's ("v1.5") stride in the 3x3.
    /// </summary>
    public bool StrideInFirstConvolution { get; init; }

    /// <summary>
    /// Whether the last batch norm of each block starts at weight 0, so that the block starts as its shortcut (Goyal et al. 2017,
    /// arXiv:1706.02677, section 5.1).
    /// </summary>
    public bool ZeroInitLastGamma { get; init; }

    /// <summary>The names of modules.</summary>
    public ResNetNaming Naming { get; init; }

    /// <summary>Number of classes, the length of the logits; 1000 by default.</summary>
    public int NumClasses { get; init; } = 1000;

    /// <summary>Channels of the input image; 3 by default.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>Height and width of the images that the network is made for; it takes others too.</summary>
    public int InputSize => Stem == StemKind.Cifar ? 32 : 224;

    /// <summary>How many times wider a block's output is than its width: 1 or 4.</summary>
    public int Expansion => Block == BlockKind.Bottleneck ? 4 : 1;

    /// <summary>Two configurations are equal when all their settings are.</summary>
    public bool Equals(ResNetConfig? other) => other is not null
        && Block == other.Block && Depths.SequenceEqual(other.Depths) && Widths.SequenceEqual(other.Widths) && Groups == other.Groups
        && WidthPerGroup == other.WidthPerGroup && Stem == other.Stem && Shortcut == other.Shortcut
        && StrideInFirstConvolution == other.StrideInFirstConvolution && ZeroInitLastGamma == other.ZeroInitLastGamma
        && Naming == other.Naming && NumClasses == other.NumClasses && InChannels == other.InChannels;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Block, Depths.Sum(), Widths.Sum(), Groups, WidthPerGroup, Naming, NumClasses);

    /// <summary>Refuses settings that contradict each other, or that the network would have to ignore.</summary>
    internal void Check()
    {
        int depths = Depths.IsDefault ? 0 : Depths.Length, widths = Widths.IsDefault ? 0 : Widths.Length;
        if (depths == 0 || depths != widths)
            throw new ArgumentException($"ResNet: {depths} depths and {widths} widths were given; each stage needs one of both.");
        if (Block == BlockKind.ResidualUnit && (Groups != 1 || WidthPerGroup != 64))
        {
            throw new ArgumentException(
                $"ResNet: Groups={Groups} and WidthPerGroup={WidthPerGroup} were given; residual units have 1 and 64, only bottlenecks have others.");
        }
        bool ownsUnused = Shortcut == ShortcutOption.ProjectionOwnedButUsedWhereStrided;
        bool fits = Naming == ResNetNaming.Textbook ? ownsUnused || Shortcut == ShortcutOption.ProjectionEverywhere : !ownsUnused;
        if (!fits)
        {
            throw new ArgumentException(
                $"ResNet: Shortcut={Shortcut} was given with Naming={Naming}; "
                + "blocks of the article own a projection each, others only those they use.");
        }
    }

    /// <summary>The article's network: see <see cref="ResNetVariants"/>.</summary>
    internal static ResNetConfig Textbook(BlockKind block, params ImmutableArray<int> depths) => new()
    {
        Block = block,
        Depths = depths,
        Stem = StemKind.CeilPooling,
        Shortcut = block == BlockKind.Bottleneck
            ? ShortcutOption.ProjectionEverywhere
            : ShortcutOption.ProjectionOwnedButUsedWhereStrided,
        StrideInFirstConvolution = true,
        ZeroInitLastGamma = true,
        Naming = ResNetNaming.Textbook,
    };

    /// <summary>Torchvision's network: see <see cref="ResNetVariants"/>.</summary>
    internal static ResNetConfig Torchvision(BlockKind block, params ImmutableArray<int> depths) => new() { Block = block, Depths = depths };

    /// <summary>The paper's network for CIFAR-10 with three stages of <paramref name="blocksPerStage"/> residual units.</summary>
    internal static ResNetConfig Cifar(int blocksPerStage) => new()
    {
        Block = BlockKind.ResidualUnit,
        Depths = [blocksPerStage, blocksPerStage, blocksPerStage],
        Widths = [16, 32, 64],
        Stem = StemKind.Cifar,
        Shortcut = ShortcutOption.ZeroPadding,
        Naming = ResNetNaming.Cifar,
        NumClasses = 10,
    };
}
