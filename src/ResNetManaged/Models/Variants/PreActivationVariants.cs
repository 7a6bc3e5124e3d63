using ResNetManaged.Models.Parts;

namespace ResNetManaged.Models.Variants;

/// <summary>timm's pre-activation networks (its <c>resnetv2.py</c>), except those with other norms than batch and group norm.</summary>
/// <remarks>The letters are those of <see cref="TimmVariants"/>; <c>bit</c> is Big Transfer, with the factor of its widths (Kolesnikov et al. 2020, arXiv:1912.11370).</remarks>
internal static class PreActivationVariants
{
    /// <summary>What Big Transfer adds to the variance of its weights.</summary>
    public const double BitEps = 1e-8;

    private static readonly ResNetConfig V18 = ResNetConfig.Torchvision(BlockKind.ResidualUnit, 2, 2, 2, 2) with { Naming = ResNetNaming.PreActivation };
    private static readonly ResNetConfig V34 = V18 with { Depths = [3, 4, 6, 3] };
    private static readonly ResNetConfig V50 = V34 with { Block = BlockKind.Bottleneck };
    private static readonly ResNetConfig V101 = V50 with { Depths = [3, 4, 23, 3] };
    private static readonly ResNetConfig V152 = V50 with { Depths = [3, 8, 36, 3] };

    /// <summary>The networks, from shallow to deep.</summary>
    public static (string Name, ResNetConfig Config)[] All { get; } =
    [
        ("resnetv2_18", V18),
        ("resnetv2_18d", D(V18)),
        ("resnetv2_34", V34),
        ("resnetv2_34d", D(V34)),
        ("resnetv2_50", V50),
        ("resnetv2_50d", D(V50)),
        ("resnetv2_50t", D(V50) with { StemWidths = [24, 32, 64] }),
        ("resnetv2_101", V101),
        ("resnetv2_101d", D(V101)),
        ("resnetv2_152", V152),
        ("resnetv2_152d", D(V152)),
        ("resnetv2_50d_gn", D(V50) with { Norm = NormKind.Group }),
        ("resnetv2_50x1_bit", Bit(V50, 1)),
        ("resnetv2_50x3_bit", Bit(V50, 3)),
        ("resnetv2_101x1_bit", Bit(V101, 1)),
        ("resnetv2_101x3_bit", Bit(V101, 3)),
        ("resnetv2_152x2_bit", Bit(V152, 2)),
        ("resnetv2_152x4_bit", Bit(V152, 4)),
    ];

    private static ResNetConfig Bit(ResNetConfig plain, int width) => plain with
    {
        Widths = [.. plain.Widths.Select(channels => channels * width)],
        StemWidths = width == 1 ? [] : [Stem.ImageNetChannels * width],
        StemPool = StemPooling.MaxOfZeroPadded,
        Norm = NormKind.Group,
        StandardizationEps = BitEps,
    };

    private static ResNetConfig D(ResNetConfig plain) =>
        plain with { Stem = StemKind.Deep, Shortcut = ShortcutOption.AveragedProjectionWhereShapeChanges };
}
