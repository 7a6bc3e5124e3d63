namespace ResNetManaged.Models.Variants;

/// <summary>The networks of the article, of torchvision, and for CIFAR-10, and the best known of timm's.</summary>
internal static class TorchvisionVariants
{
    /// <summary>The networks, family by family and from shallow to deep.</summary>
    public static (string Name, ResNetConfig Config)[] All { get; } =
    [
        ("textbook_resnet18", ResNetConfig.Textbook(BlockKind.ResidualUnit, 2, 2, 2, 2)),
        ("textbook_resnet34", ResNetConfig.Textbook(BlockKind.ResidualUnit, 3, 4, 6, 3)),
        ("textbook_resnet50", ResNetConfig.Textbook(BlockKind.Bottleneck, 3, 4, 6, 3)),
        ("textbook_resnet101", ResNetConfig.Textbook(BlockKind.Bottleneck, 3, 4, 23, 3)),
        ("textbook_resnet152", ResNetConfig.Textbook(BlockKind.Bottleneck, 3, 8, 36, 3)),
        ("resnet18", ResNetConfig.Torchvision(BlockKind.ResidualUnit, 2, 2, 2, 2)),
        ("resnet34", ResNetConfig.Torchvision(BlockKind.ResidualUnit, 3, 4, 6, 3)),
        ("resnet50", ResNetConfig.Torchvision(BlockKind.Bottleneck, 3, 4, 6, 3)),
        ("resnet101", ResNetConfig.Torchvision(BlockKind.Bottleneck, 3, 4, 23, 3)),
        ("resnet152", ResNetConfig.Torchvision(BlockKind.Bottleneck, 3, 8, 36, 3)),
        ("resnext50_32x4d", ResNetConfig.Torchvision(BlockKind.Bottleneck, 3, 4, 6, 3) with { Groups = 32, WidthPerGroup = 4 }),
        ("resnext101_32x8d", ResNetConfig.Torchvision(BlockKind.Bottleneck, 3, 4, 23, 3) with { Groups = 32, WidthPerGroup = 8 }),
        ("resnext101_64x4d", ResNetConfig.Torchvision(BlockKind.Bottleneck, 3, 4, 23, 3) with { Groups = 64, WidthPerGroup = 4 }),
        ("wide_resnet50_2", ResNetConfig.Torchvision(BlockKind.Bottleneck, 3, 4, 6, 3) with { WidthPerGroup = 128 }),
        ("wide_resnet101_2", ResNetConfig.Torchvision(BlockKind.Bottleneck, 3, 4, 23, 3) with { WidthPerGroup = 128 }),
        ("resnet50d", ResNetConfig.Torchvision(BlockKind.Bottleneck, 3, 4, 6, 3) with
        {
            Stem = StemKind.Deep,
            Shortcut = ShortcutOption.AveragedProjectionWhereShapeChanges,
        }),
        ("seresnet50", ResNetConfig.Torchvision(BlockKind.Bottleneck, 3, 4, 6, 3) with { SqueezeReduction = 16 }),
        ("cifar_resnet20", ResNetConfig.Cifar(blocksPerStage: 3)),
        ("cifar_resnet32", ResNetConfig.Cifar(blocksPerStage: 5)),
        ("cifar_resnet44", ResNetConfig.Cifar(blocksPerStage: 7)),
        ("cifar_resnet56", ResNetConfig.Cifar(blocksPerStage: 9)),
        ("cifar_resnet110", ResNetConfig.Cifar(blocksPerStage: 18)),
        ("cifar_wide_resnet20_2", ResNetConfig.Cifar(blocksPerStage: 3) with { Widths = [32, 64, 128] }),
    ];
}
