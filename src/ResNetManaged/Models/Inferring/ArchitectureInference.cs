using System.Collections.Immutable;
using ResNetManaged.Layers.State;
using ResNetManaged.Models.Blocks;
using ResNetManaged.Models.Parts;
using ResNetManaged.Models.Variants;
using ResNetManaged.Tensors;

namespace ResNetManaged.Models.Inferring;

/// <summary>Infers a network's configuration from the names and shapes of its state alone.</summary>
/// <remarks>
/// These show depths, widths, groups, stems, attention, norms, classes and input channels. The rest follows from the naming: torchvision's bottlenecks
/// stride in the 3x3 convolution, the article's in the first 1x1; blocks without shortcut weights use option A. What has no weights and changes none,
/// such as anti-aliasing, dilation or the kind of pooling, cannot be inferred: the plain network is.
/// </remarks>
internal static class ArchitectureInference
{
    /// <summary>The configuration that the state suggests; null if it is not a residual network of a known family.</summary>
    /// <remarks>Only loading the state proves it: this looks at just enough to distinguish the networks.</remarks>
    public static ResNetConfig? Infer(StateDict state)
    {
        StateShapes shapes = new(state);
        ResNetConfig? config = Textbook(shapes) ?? PreActivation(shapes) ?? Face(shapes) ?? FlatInference.Infer(shapes);
        Shape? stem = config?.Naming switch
        {
            null => null,
            ResNetNaming.Textbook => shapes.Find("layer1.0.weight", rank: 4),
            ResNetNaming.PreActivation => shapes.Find("stem.conv.weight", rank: 4) ?? shapes.Find("stem.conv1.weight", rank: 4),
            _ => FlatInference.StemOf(shapes),
        };
        if (config is null || stem is not { ElementCount: > 0 } || !TryFindClasses(shapes, config, out int classes)) return null;
        return config with { NumClasses = classes, InChannels = stem.Value[1] };
    }

    /// <summary>The number of classes, 0 without a head; false for a head of no weights.</summary>
    private static bool TryFindClasses(StateShapes shapes, ResNetConfig config, out int classes)
    {
        string[] names = config.Stem == StemKind.Face ? ["classifier.weight"] : ["fc.weight", "linear.weight", "head.fc.weight"];
        Shape? head = names.Select(name => shapes.Find(name)).FirstOrDefault(shape => shape is not null);
        classes = head is { Rank: > 0 } found ? found[0] : 0;
        return head is null || head is { Rank: 2 or 4, ElementCount: > 0 };
    }

    /// <summary>The article's naming: <c>layer2_x.0.fit_.0.0.weight</c>.</summary>
    private static ResNetConfig? Textbook(StateShapes shapes)
    {
        ImmutableArray<int> depths = shapes.Depths((stage, block) => $"layer{stage + 2}_x.{block}.fit_.0.0.weight");
        BlockKind? kind = shapes.KindOf(convolution => $"layer2_x.0.fit_.{2 * convolution}.0.weight"); // a ReLU between each pair
        if (kind is null) return null;
        ResNetConfig config = ResNetConfig.Textbook(kind, depths);
        return depths.Length == config.Widths.Length ? config : null;
    }

    /// <summary>timm's naming of pre-activation networks: <c>stages.0.blocks.0.conv1.weight</c>.</summary>
    private static ResNetConfig? PreActivation(StateShapes shapes)
    {
        ImmutableArray<int> depths = shapes.Depths((stage, block) => $"stages.{stage}.blocks.{block}.conv1.weight");
        BlockKind? kind = shapes.KindOf(convolution => $"stages.0.blocks.0.conv{convolution + 1}.weight");
        if (kind is null) return null;
        ImmutableArray<int> widths = [.. Enumerable.Range(0, depths.Length)
            .Select(stage => shapes.OutChannels($"stages.{stage}.blocks.0.conv{kind.Convolutions}.weight") / kind.Expansion)];
        bool deep = shapes.Has("stem.conv1.weight"), normalizesGroups = !shapes.Has("norm.running_mean");
        if (widths.Contains(0)) return null;
        ResNetConfig config = new()
        {
            Block = kind,
            Depths = depths,
            Widths = widths,
            Naming = ResNetNaming.PreActivation,
            Norm = normalizesGroups ? NormKind.Group : NormKind.Batch,
            Stem = deep ? StemKind.Deep : StemKind.ImageNet,
            StemWidths = shapes.StemWidths(deep ? ["stem.conv1.weight", "stem.conv2.weight", "stem.conv3.weight"] : ["stem.conv.weight"]),
            // Group norm without a deep stem is Big Transfer's.
            StandardizationEps = normalizesGroups && !deep ? PreActivationVariants.BitEps : null,
            StemPool = normalizesGroups && !deep ? StemPooling.MaxOfZeroPadded : StemPooling.Max,
            // Deep stems come with averaged shortcuts, which have the same names and shapes.
            Shortcut = deep ? ShortcutOption.AveragedProjectionWhereShapeChanges : ShortcutOption.ProjectionWhereShapeChanges,
        };
        return config;
    }

    /// <summary>insightface's naming: torchvision's, with PReLU.</summary>
    private static ResNetConfig? Face(StateShapes shapes)
    {
        if (!shapes.Has("prelu.weight") || !shapes.Has("features.weight")) return null;
        ImmutableArray<int> depths = shapes.Depths((stage, block) => $"layer{stage + 1}.{block}.conv1.weight");
        ImmutableArray<int> widths = [.. Enumerable.Range(1, depths.Length).Select(stage => shapes.OutChannels($"layer{stage}.0.conv2.weight"))];
        if (depths.IsEmpty || widths.Contains(0)) return null;
        return new ResNetConfig
        {
            Block = FaceUnit.Kind,
            Depths = depths,
            Widths = widths,
            Stem = StemKind.Face,
            StemWidths = shapes.StemWidths(["conv1.weight"]),
        };
    }
}
