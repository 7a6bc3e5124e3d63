using System.Diagnostics.CodeAnalysis;

namespace ResNetManaged.Models;

/// <summary>The named networks.</summary>
/// <remarks>
/// <c>resnet18</c> to <c>wide_resnet101_2</c>: torchvision's, with its names and checkpoints. <c>textbook_*</c>: the same depths as a
/// PyTorch article writes them (a projection owned by every residual unit, stride in a bottleneck's first 1x1, max-pooling that rounds
/// up, zero-initialized last batch norm). <c>resnet50d</c>: timm's ResNet-D (He et al. 2018, arXiv:1812.01187), with a stem of three 3x3
/// convolutions and average pooling in the shortcut. <c>seresnet50</c>: timm's, with squeeze-and-excitation (Hu et al. 2018,
/// arXiv:1709.01507). <c>cifar_*</c>: He et al. 2015, section 4.2, with shortcut option A; <c>cifar_wide_resnet20_2</c> is <c>cifar_resnet20</c> with
/// twice the channels.
/// </remarks>
public static class ResNetVariants
{
    private static readonly (string Name, ResNetConfig Config)[] All =
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

    /// <summary>The names, family by family and from shallow to deep.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(variant => variant.Name)];

    /// <summary>The configuration of a named network.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <returns>The configuration.</returns>
    /// <exception cref="ArgumentException">The name is unknown; the message lists the known ones.</exception>
    public static ResNetConfig Get(string name) => TryGet(name, out ResNetConfig? config)
        ? config
        : throw new ArgumentException($"There is no model '{name}'; the models are {string.Join(", ", Names)}.", nameof(name));

    /// <summary>The configuration of a named network, if the name is known.</summary>
    internal static bool TryGet(string name, [NotNullWhen(true)] out ResNetConfig? config)
    {
        config = Array.Find(All, variant => variant.Name == name).Config;
        return config is not null;
    }

    /// <summary>The name of the network with this configuration, regardless of its classes and input channels.</summary>
    /// <param name="config">The configuration.</param>
    /// <returns>The name; null if no named network has these settings.</returns>
    public static string? NameOf(ResNetConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Array.Find(All, variant =>
            variant.Config == config with { NumClasses = variant.Config.NumClasses, InChannels = variant.Config.InChannels }).Name;
    }
}
