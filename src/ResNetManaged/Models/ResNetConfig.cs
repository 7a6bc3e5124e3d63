using System.Collections.Immutable;
using ResNetManaged.Models.Parts;

using ResNetManaged.Preprocessing;

namespace ResNetManaged.Models;

/// <summary>Everything that distinguishes one residual network from another.</summary>
/// <remarks>
/// <see cref="ResNetVariants"/> has the named ones; derive others from them, for instance <c>ResNetVariants.Get("resnet50d") with { Depths =
/// [2, 2, 2, 2] }</c>. Two configurations are equal when all their settings are.
/// </remarks>
public sealed record ResNetConfig
{
    private static readonly ImagePreset Faces = new() { Resize = 112, Crop = 112, Mean = new RgbValues(0.5f, 0.5f, 0.5f), Std = new RgbValues(0.5f, 0.5f, 0.5f) };

    /// <summary>The width that <see cref="WidthPerGroup"/> refers to: that of the first stage.</summary>
    internal const int BaseWidth = 64;

    private const int LeastStride = 8, MostStride = 32;

    /// <summary>The widths of networks for ImageNet.</summary>
    internal static readonly ImmutableArray<int> UsualWidths = [64, 128, 256, 512];

    private readonly PerStage<int> _depths, _widths = new(UsualWidths), _stemWidths = new([]), _prunedChannels = new([]);
    private readonly PerStage<BlockKind> _stageBlocks = new([]);

    internal ResNetConfig() { }

    /// <summary>The kind of block.</summary>
    public required BlockKind Block { get; init; }

    /// <summary>The number of blocks in each stage.</summary>
    public required ImmutableArray<int> Depths
    {
        get => _depths.Values;
        init => _depths = new(value);
    }

    /// <summary>The width of each stage: a residual unit's channels, a quarter of a bottleneck's; 64, 128, 256 and 512 by default.</summary>
    public ImmutableArray<int> Widths
    {
        get => _widths.Values;
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

    /// <summary>
    /// The most input pixels, along one axis, that a pixel of the last stage stands for: 8, 16 or 32, the default. Stages beyond it dilate their
    /// convolutions instead of striding (Yu et al. 2017, arXiv:1705.09914), with the same weights.
    /// </summary>
    public int OutputStride { get; init; } = MostStride;

    /// <summary>How the last stage's planes become features; their means by default.</summary>
    public GlobalPooling GlobalPool { get; init; }

    /// <summary>The number of classes, which is the length of the logits; 1000 by default. 0 for a network without a head, which returns its pooled features.</summary>
    public int NumClasses { get; init; } = 1000;

    /// <summary>Channels of the input image; 3 by default.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>The height and width in pixels of the images that the network is designed for, 32, 112 or 224; all but those for faces accept other sizes too.</summary>
    public int InputSize => Stem switch
    {
        StemKind.Cifar => 32,
        StemKind.Face => 112,
        _ => 224,
    };

    /// <summary>The layers before the first stage.</summary>
    internal StemKind Stem { get; init; }

    /// <summary>The channels of each of the stem's convolutions; empty for the stem's own: 64 at its end, or the first stage's for CIFAR.</summary>
    internal ImmutableArray<int> StemWidths
    {
        get => _stemWidths.Values;
        init => _stemWidths = new(value);
    }

    /// <summary>How a stem for ImageNet subsamples after its convolutions.</summary>
    internal StemPooling StemPool { get; init; }

    /// <summary>The kind of block of each stage where they differ; empty if all are <see cref="Block"/>.</summary>
    internal ImmutableArray<BlockKind> StageBlocks
    {
        get => _stageBlocks.Values;
        init => _stageBlocks = new(value);
    }

    /// <summary>
    /// The channels that each convolution of each block returns, where pruning left no rule; empty if they follow from <see cref="Widths"/>.
    /// </summary>
    internal ImmutableArray<int> PrunedChannels
    {
        get => _prunedChannels.Values;
        init => _prunedChannels = new(value);
    }

    /// <summary>Whether each residual branch ends with an <see cref="EfficientChannelAttention"/> (arXiv:1910.03151).</summary>
    internal bool EfficientAttention { get; init; }

    /// <summary>What subsamples in place of strided 3x3 convolutions.</summary>
    internal AntiAliasing AntiAliasing { get; init; }

    /// <summary>What normalizes.</summary>
    internal NormKind Norm { get; init; }

    /// <summary>What is added to the variance of standardized weights (arXiv:1903.10520); null for weights as they are.</summary>
    internal double? StandardizationEps { get; init; }

    /// <summary>A bottleneck's first convolution returns fewer channels by this divisor; 2 in SENet-154.</summary>
    internal int FirstConvolutionDivisor { get; init; } = 1;

    /// <summary>Height and width of the kernel of a shortcut that strides; 3 in SENet-154.</summary>
    internal int ShortcutKernel { get; init; } = 1;

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

    /// <summary>Whether norm and activation come before each convolution instead of after it: He et al. 2016, arXiv:1603.05027.</summary>
    internal bool IsPreActivation => Naming == ResNetNaming.PreActivation;

    /// <summary>Whether the first stage strides too.</summary>
    internal bool StridesInFirstStage => Stem == StemKind.Face;

    /// <summary>The kind of block of a stage.</summary>
    internal BlockKind KindOf(int stage) => StageBlocks.IsDefaultOrEmpty ? Block : StageBlocks[stage];

    /// <summary>A convolution with this network's kind of norm.</summary>
    internal ConvSpec Convolution(int inChannels, int outChannels, int kernelSize, int stride = 1, int groups = 1) =>
        new(inChannels, outChannels, kernelSize, stride, groups) { Norm = Norm, StandardizationEps = StandardizationEps };

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
        if (OutputStride is not (LeastStride or 2 * LeastStride or MostStride))
            throw new ArgumentException($"ResNet: OutputStride={OutputStride} was given; expected 8, 16 or 32.");
        ArgumentOutOfRangeException.ThrowIfNegative(NumClasses);
        if (!Enum.IsDefined(GlobalPool)) throw new ArgumentException($"ResNet: GlobalPool={GlobalPool} is not one of the enumeration's values.");
        bool isPlain = SqueezeReduction is null && !EfficientAttention && AntiAliasing == AntiAliasing.None;
        if ((IsPreActivation || Stem == StemKind.Face) && !isPlain)
            throw new ArgumentException("ResNet: attention or anti-aliasing was given; blocks of pre-activation networks and of networks for faces have neither.");
        if (Naming == ResNetNaming.Textbook && AntiAliasing != AntiAliasing.None)
            throw new ArgumentException($"ResNet: AntiAliasing={AntiAliasing} was given; the article's blocks have none.");
        if (SqueezeReduction is not null && EfficientAttention)
            throw new ArgumentException("ResNet: SqueezeReduction and EfficientAttention were given; a block has one kind of attention.");
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

    /// <summary>How an image becomes the input of published checkpoints of this architecture.</summary>
    internal ImagePreset UsualPreset => Stem switch
    {
        StemKind.Cifar => ImagePreset.Cifar10,
        StemKind.Face => Faces,
        _ => ImagePreset.ImageNet,
    };

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
