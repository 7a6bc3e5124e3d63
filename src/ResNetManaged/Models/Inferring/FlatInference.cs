using System.Collections.Immutable;
using ResNetManaged.Models.Parts;
using ResNetManaged.Tensors;

namespace ResNetManaged.Models.Inferring;

/// <summary>Infers networks with torchvision's naming, which timm's and most CIFAR networks share: <c>layer1.0.conv1.weight</c>.</summary>
internal static class FlatInference
{
    private const string DeepStem = "conv1.0.weight";

    /// <summary>The configuration; null if the shapes are of no such network.</summary>
    public static ResNetConfig? Infer(StateShapes shapes)
    {
        ImmutableArray<int> depths = shapes.Depths((stage, block) => $"layer{stage + 1}.{block}.conv1.weight");
        ImmutableArray<BlockKind?> kinds = [.. Enumerable.Range(1, depths.Length).Select(stage =>
            shapes.KindOf(convolution => $"layer{stage}.0.conv{convolution + 1}.weight"))];
        if (depths.IsEmpty || kinds.Contains(null) || StemOf(shapes) is not { } stem) return null;
        ImmutableArray<int> widths = [.. Enumerable.Range(1, depths.Length).Select(stage =>
            shapes.OutChannels($"layer{stage}.0.conv{kinds[stage - 1]!.Convolutions}.weight") / kinds[stage - 1]!.Expansion)];
        if (widths.Contains(0) || shapes.Find("layer1.0.conv2.weight", rank: 4) is not { ElementCount: > 0 } middle) return null;
        int first = shapes.OutChannels("layer1.0.conv1.weight");
        if (first % middle[1] != 0) return null;

        BlockKind kind = kinds[0]!;
        int groups = kind.IsGrouped ? first / middle[1] : 1;
        bool deep = shapes.Has(DeepStem);
        ResNetConfig config = new()
        {
            Block = kind,
            StageBlocks = kinds.Any(other => other != kind) ? [.. kinds.Select(other => other!)] : [],
            Depths = depths,
            Widths = widths,
            Groups = groups,
            WidthPerGroup = kind.IsGrouped ? middle[0] / groups * ResNetConfig.BaseWidth / widths[0] : ResNetConfig.BaseWidth,
            FirstConvolutionDivisor = kind.IsGrouped && groups > 1 && middle[0] % first == 0 ? middle[0] / first : 1,
            SqueezeReduction = SqueezeReductionOf(shapes, depths.Length),
            EfficientAttention = shapes.Has("layer1.0.se.conv.weight"),
            Norm = shapes.Has("bn1.weight") && !shapes.Has("bn1.running_mean") ? NormKind.Group : NormKind.Batch,
            Stem = deep ? StemKind.Deep : stem[2] == 3 ? StemKind.Cifar : StemKind.ImageNet,
            StemPool = shapes.Has("maxpool.0.weight") ? StemPooling.Convolution : StemPooling.Max,
            Shortcut = ShortcutOf(shapes),
            ShortcutKernel = ShortcutKernelOf(shapes, depths.Length),
            Naming = shapes.Has("linear.weight") ? ResNetNaming.Cifar : ResNetNaming.Torchvision,
        };
        ImmutableArray<int> stemWidths = shapes.StemWidths(deep ? [DeepStem, "conv1.3.weight", "conv1.6.weight"] : ["conv1.weight"]);
        if (config.Stem != StemKind.Cifar || !stemWidths.SequenceEqual([widths[0]])) config = config with { StemWidths = stemWidths };
        return Pruned(shapes, config);
    }

    /// <summary>The weights of the first convolution.</summary>
    public static Shape? StemOf(StateShapes shapes) => shapes.Find("conv1.weight", rank: 4) ?? shapes.Find(DeepStem, rank: 4);

    /// <summary>The configuration with the channels of each convolution, if no rule of widths gives them and there are no groups.</summary>
    private static ResNetConfig Pruned(StateShapes shapes, ResNetConfig config)
    {
        List<int> channels = [], expected = [];
        for (int stage = 0; stage < config.Depths.Length; stage++)
        {
            BlockKind kind = config.KindOf(stage);
            int[] rule = [.. kind.Branch(new BlockSpec(config, 1, config.Widths[stage], 1) { Kind = kind }).Select(convolution => convolution.OutChannels)];
            for (int block = 0; block < config.Depths[stage]; block++)
            {
                for (int i = 1; i <= kind.Convolutions; i++) channels.Add(shapes.OutChannels($"layer{stage + 1}.{block}.conv{i}.weight"));
                expected.AddRange(rule);
            }
        }
        bool isPruned = config.Groups == 1 && config.Depths.Length == ResNetConfig.UsualWidths.Length && !channels.SequenceEqual(expected);
        return !isPruned ? config : config with
        {
            Widths = ResNetConfig.UsualWidths,
            WidthPerGroup = ResNetConfig.BaseWidth,
            PrunedChannels = [.. channels],
        };
    }

    /// <summary>Derives the ratio from the last stage, which is the widest, so that rounding matters least.</summary>
    private static int? SqueezeReductionOf(StateShapes shapes, int stages) =>
        shapes.Find($"layer{stages}.0.se.fc1.weight", rank: 4) is { ElementCount: > 0 } squeeze ? squeeze[1] / squeeze[0] : null;

    private static ShortcutOption ShortcutOf(StateShapes shapes)
    {
        if (shapes.HasConvolution("downsample.1.weight")) return ShortcutOption.AveragedProjectionWhereShapeChanges; // after the pooling, which has no weights
        return shapes.HasConvolution("downsample.0.weight") || shapes.HasConvolution("shortcut.0.weight")
            ? ShortcutOption.ProjectionWhereShapeChanges : ShortcutOption.ZeroPadding;
    }

    private static int ShortcutKernelOf(StateShapes shapes, int stages) =>
        shapes.Find($"layer{stages}.0.downsample.0.weight", rank: 4) is { ElementCount: > 0 } projection && stages > 1 ? projection[2] : 1;
}
