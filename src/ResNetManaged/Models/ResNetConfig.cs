using System.Collections.Immutable;

namespace ResNetManaged.Models;

/// <summary>Everything that distinguishes one residual network from another.</summary>
/// <remarks>
/// <see cref="ResNetVariants"/> has the named ones; derive others from them, for instance <c>ResNetVariants.Get("resnet50d") with { Depths =
/// [2, 2, 2, 2] }</c>. Two configurations are equal when all their settings are.
/// </remarks>
public sealed record ResNetConfig
{
    /// <summary>The width that <see cref="WidthPerGroup"/> refers to: that of the first stage.</summary>
    internal const int BaseWidth = 64;

    private readonly PerStage _depths, _widths = new([64, 128, 256, 512]);

    internal ResNetConfig() { }

    /// <summary>The kind of block.</summary>
    public required BlockKind Block { get; init; }

    /// <summary>The number of blocks in each stage.</summary>
    public required ImmutableArray<int> Depths
    {
        get => _depths.Numbers;
        init => _depths = new(value);
    }

    /// <summary>The width of each stage: a residual unit's channels, a quarter of a bottleneck's; 64, 128, 256 and 512 by default.</summary>
    public ImmutableArray<int> Widths
    {
        get => _widths.Numbers;
        init => _widths = new(value);
    }

    /// <summary>The groups of a bottleneck's 3x3 convolution (ResNeXt's cardinality, arXiv:1611.05431); 1 by default.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>
    /// Channels of each group of the 3x3 convolution in a stage of width 64; 64 by default; other values make grouped or wide networks.
    /// </summary>
    public int WidthPerGroup { get; init; } = BaseWidth;

    /// <summary>
    /// The reduction ratio of a <see cref="SqueezeExcitation"/> at the end of each residual branch (arXiv:1709.01507); null, the default, for none.
    /// </summary>
    public int? SqueezeReduction { get; init; }

    /// <summary>The number of classes, which is the length of the logits; 1000 by default. 0 for a network without a head, which returns its pooled features.</summary>
    public int NumClasses { get; init; } = 1000;

    /// <summary>Channels of the input image; 3 by default.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>The height and width in pixels of the images that the network is designed for, 32 or 224; it accepts other sizes too.</summary>
    public int InputSize => Stem == StemKind.Cifar ? 32 : 224;

    /// <summary>The layers before the first stage.</summary>
    internal StemKind Stem { get; init; }

    /// <summary>Channels that the stem returns; null, the default, for the usual number: 64, or the first width in a stem for CIFAR-10.</summary>
    internal int? StemChannels { get; init; }

    /// <summary>How a shortcut changes shape.</summary>
    internal ShortcutOption Shortcut { get; init; } = ShortcutOption.ProjectionWhereShapeChanges;

    /// <summary>Whether a bottleneck strides in its first 1x1 convolution, as in the paper; torchvision's ("v1.5") strides in the 3x3.</summary>
    internal bool StrideInFirstConvolution { get; init; }

    /// <summary>
    /// Whether the last batch norm of each block starts at weight 0, so that the block starts as its shortcut (Goyal et al. 2017,
    /// arXiv:1706.02677, section 5.1).
    /// </summary>
    internal bool ZeroInitLastGamma { get; init; }

    /// <summary>The names of modules.</summary>
    internal ResNetNaming Naming { get; init; }

    /// <summary>Throws if settings contradict each other, or if the network would ignore one.</summary>
    internal void Check()
    {
        int depths = Depths.AsSpan().Length, widths = Widths.AsSpan().Length;
        if (depths == 0 || depths != widths)
            throw new ArgumentException($"ResNet: {depths} depths and {widths} widths were given; each stage needs one of each.");
        if (!Block.IsGrouped && (Groups != 1 || WidthPerGroup != BaseWidth))
        {
            throw new ArgumentException(
                $"ResNet: Groups={Groups} and WidthPerGroup={WidthPerGroup} were given; blocks of kind {Block.Name} take only 1 and {BaseWidth}.");
        }
        bool ownsUnused = Shortcut == ShortcutOption.ProjectionOwnedButUsedWhereStrided;
        bool fits = Naming == ResNetNaming.Textbook ? ownsUnused || Shortcut == ShortcutOption.ProjectionEverywhere : !ownsUnused;
        if (!fits)
        {
            throw new ArgumentException(
                $"ResNet: Shortcut={Shortcut} was given with Naming={Naming}; "
                + "the article's blocks each own a projection, other blocks only if they use it.");
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
