using ResNetManaged.Models.Parts;

namespace ResNetManaged.Models.Variants;

/// <summary>timm's networks with norms after convolutions (its <c>resnet.py</c>), except those that torchvision has too.</summary>
/// <remarks>
/// The letters after a depth: <c>c</c> for a stem of three 3x3 convolutions, <c>d</c> for the same and average pooling in the shortcuts, <c>s</c> for
/// a stem twice as wide, <c>t</c> as <c>d</c> with a tiered stem. <c>aa</c> and <c>blur</c> are anti-aliased, <c>se</c> and <c>eca</c> have attention to channels.
/// </remarks>
internal static class TimmVariants
{
    private static readonly ResNetConfig R18 = ResNetConfig.Torchvision(BlockKind.ResidualUnit, 2, 2, 2, 2);
    private static readonly ResNetConfig R34 = ResNetConfig.Torchvision(BlockKind.ResidualUnit, 3, 4, 6, 3);
    private static readonly ResNetConfig R26 = ResNetConfig.Torchvision(BlockKind.Bottleneck, 2, 2, 2, 2);
    private static readonly ResNetConfig R50 = ResNetConfig.Torchvision(BlockKind.Bottleneck, 3, 4, 6, 3);
    private static readonly ResNetConfig R101 = ResNetConfig.Torchvision(BlockKind.Bottleneck, 3, 4, 23, 3);
    private static readonly ResNetConfig R152 = ResNetConfig.Torchvision(BlockKind.Bottleneck, 3, 8, 36, 3);
    private static readonly ResNetConfig R200 = ResNetConfig.Torchvision(BlockKind.Bottleneck, 3, 24, 36, 3);
    private static readonly ResNetConfig R269 = ResNetConfig.Torchvision(BlockKind.Bottleneck, 3, 30, 48, 8);

    /// <summary>The networks, family by family.</summary>
    public static (string Name, ResNetConfig Config)[] All { get; } =
    [
        ("resnet10t", T(R18 with { Depths = [1, 1, 1, 1] })),
        ("resnet14t", T(R26 with { Depths = [1, 1, 1, 1] })),
        ("resnet18d", D(R18)),
        ("resnet26", R26),
        ("resnet26d", D(R26)),
        ("resnet26t", T(R26)),
        ("resnet34d", D(R34)),
        ("resnet50c", C(R50)),
        ("resnet50s", S(R50)),
        ("resnet50t", T(R50)),
        ("resnet50_gn", R50 with { Norm = NormKind.Group }),
        ("resnet101c", C(R101)),
        ("resnet101d", D(R101)),
        ("resnet101s", S(R101)),
        ("resnet152c", C(R152)),
        ("resnet152d", D(R152)),
        ("resnet152s", S(R152)),
        ("resnet200", R200),
        ("resnet200d", D(R200)),
        ("resnext50d_32x4d", X(D(R50), 32, 4)),
        ("resnext101_32x4d", X(R101, 32, 4)),
        ("resnext101_32x16d", X(R101, 32, 16)),
        ("resnext101_32x32d", X(R101, 32, 32)),
        ("resnetaa34d", Aa(D(R34))),
        ("resnetaa50", Aa(R50)),
        ("resnetaa50d", Aa(D(R50))),
        ("resnetaa101d", Aa(D(R101))),
        ("resnetblur18", Blur(R18)),
        ("resnetblur50", Blur(R50)),
        ("resnetblur50d", Blur(D(R50))),
        ("resnetblur101d", Blur(D(R101))),
        ("ecaresnet26t", Eca(T(R26))),
        ("ecaresnet50d", Eca(D(R50))),
        ("ecaresnet50d_pruned", Eca(D(R50)) with { PrunedChannels = PrunedChannels.EcaResNet50D }),
        ("ecaresnet50t", Eca(T(R50))),
        ("ecaresnetlight", Eca(R50) with { Depths = [1, 1, 11, 3], Shortcut = ShortcutOption.AveragedProjectionWhereShapeChanges }),
        ("ecaresnet101d", Eca(D(R101))),
        ("ecaresnet101d_pruned", Eca(D(R101)) with { PrunedChannels = PrunedChannels.EcaResNet101D }),
        ("ecaresnet200d", Eca(D(R200))),
        ("ecaresnet269d", Eca(D(R269))),
        ("ecaresnext26t_32x4d", Eca(X(T(R26), 32, 4))),
        ("ecaresnext50t_32x4d", Eca(X(T(R26), 32, 4))), // timm gives both names to one network
        ("seresnet18", Se(R18)),
        ("seresnet34", Se(R34)),
        ("seresnet50t", Se(T(R50))),
        ("seresnet101", Se(R101)),
        ("seresnet152", Se(R152)),
        ("seresnet152d", Se(D(R152))),
        ("seresnet200d", Se(D(R200))),
        ("seresnet269d", Se(D(R269))),
        ("seresnetaa50d", Se(Aa(D(R50)))),
        ("seresnext26d_32x4d", Se(X(D(R26), 32, 4))),
        ("seresnext26t_32x4d", Se(X(T(R26), 32, 4))),
        ("seresnext50_32x4d", Se(X(R50, 32, 4))),
        ("seresnext101_32x4d", Se(X(R101, 32, 4))),
        ("seresnext101_32x8d", Se(X(R101, 32, 8))),
        ("seresnext101d_32x8d", Se(X(D(R101), 32, 8))),
        ("seresnext101_64x4d", Se(X(R101, 64, 4))),
        ("seresnextaa101d_32x8d", Se(X(Aa(D(R101)), 32, 8))),
        ("seresnextaa201d_32x8d", Se(X(Aa(D(R200)), 32, 8)) with { Depths = [3, 24, 36, 4], StemWidths = [64, 64, 128] }),
        ("senet154", Se(X(S(R152), 64, 4)) with { FirstConvolutionDivisor = 2, ShortcutKernel = 3 }),
        ("resnetrs50", Rs(R50)),
        ("resnetrs101", Rs(R101)),
        ("resnetrs152", Rs(R152)),
        ("resnetrs200", Rs(R200)),
        ("resnetrs270", Rs(R200 with { Depths = [4, 29, 53, 4] })),
        ("resnetrs350", Rs(R200 with { Depths = [4, 36, 72, 4] })),
        ("resnetrs420", Rs(R200 with { Depths = [4, 44, 87, 4] })),
        ("test_resnet", D(R18) with
        {
            Depths = [1, 1, 1, 1],
            Widths = [32, 48, 48, 96],
            StemWidths = [16, 16, 32],
            StageBlocks = [BlockKind.ResidualUnit, BlockKind.ResidualUnit, BlockKind.Bottleneck, BlockKind.ResidualUnit],
        }),
    ];

    private static ResNetConfig C(ResNetConfig plain) => plain with { Stem = StemKind.Deep };

    private static ResNetConfig D(ResNetConfig plain) => C(plain) with { Shortcut = ShortcutOption.AveragedProjectionWhereShapeChanges };

    private static ResNetConfig S(ResNetConfig plain) => C(plain) with { StemWidths = [64, 64, 128] };

    private static ResNetConfig T(ResNetConfig plain) => D(plain) with { StemWidths = [24, 32, 64] };

    private static ResNetConfig X(ResNetConfig plain, int groups, int width) => plain with { Groups = groups, WidthPerGroup = width };

    private static ResNetConfig Aa(ResNetConfig plain) => plain with { AntiAliasing = AntiAliasing.Average };

    private static ResNetConfig Blur(ResNetConfig plain) => plain with { AntiAliasing = AntiAliasing.Blur };

    private static ResNetConfig Se(ResNetConfig plain) => plain with { SqueezeReduction = 16 };

    private static ResNetConfig Eca(ResNetConfig plain) => plain with { EfficientAttention = true };

    private static ResNetConfig Rs(ResNetConfig plain) => D(plain) with { StemPool = StemPooling.Convolution, SqueezeReduction = 4 };
}
