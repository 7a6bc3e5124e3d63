using System.Diagnostics.CodeAnalysis;
using ResNetManaged.Models.Variants;

namespace ResNetManaged.Models;

/// <summary>The named networks.</summary>
/// <remarks>
/// <c>resnet18</c> to <c>wide_resnet101_2</c>: torchvision's, with its names and checkpoints. <c>textbook_*</c>: the same depths as a
/// PyTorch article writes them (a projection owned by every residual unit, stride in a bottleneck's first 1x1, max-pooling that rounds
/// up, zero-initialized last batch norm). <c>cifar_*</c>: He et al. 2015, section 4.2, with shortcut option A; <c>cifar_wide_resnet20_2</c> is
/// <c>cifar_resnet20</c> with twice the channels. <c>iresnet*</c>: insightface's, which embed faces (Deng et al. 2019, arXiv:1801.07698). All others
/// are timm's: ResNet-D (He et al. 2018, arXiv:1812.01187), squeeze-and-excitation (arXiv:1709.01507), efficient channel attention (arXiv:1910.03151),
/// anti-aliasing (arXiv:1904.11486), ResNet-RS (arXiv:2103.07579) and pre-activation (<c>resnetv2_*</c>, arXiv:1603.05027).
/// </remarks>
public static class ResNetVariants
{
    private static readonly (string Name, ResNetConfig Config)[] All =
        [.. TorchvisionVariants.All, .. TimmVariants.All, .. PreActivationVariants.All, .. FaceVariants.All];

    /// <summary>The names, family by family and from shallow to deep.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(variant => variant.Name)];

    /// <summary>The names of the best known networks, and of small ones for CIFAR-10.</summary>
    internal static IReadOnlyList<string> WellKnown { get; } = [.. TorchvisionVariants.All.Select(variant => variant.Name)];

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
