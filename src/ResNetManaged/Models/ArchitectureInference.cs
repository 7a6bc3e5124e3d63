using System.Collections.Immutable;
using ResNetManaged.Layers.State;
using ResNetManaged.Models.Parts;
using ResNetManaged.Tensors;

namespace ResNetManaged.Models;

/// <summary>Infers a network's configuration from the names and shapes of its state alone.</summary>
/// <remarks>
/// These show depths, widths, groups, classes, and channels of the input and the stem. The rest follows from the naming: torchvision's bottlenecks stride in the 3x3
/// convolution, the article's in the first 1x1; blocks without shortcut weights use option A.
/// </remarks>
internal static class ArchitectureInference
{
    private const string DeepStem = "conv1.0.weight";

    /// <summary>The configuration that the state suggests; null if it is not a residual network of a known family.</summary>
    /// <remarks>Only loading the state proves it: this looks at just enough to distinguish the networks.</remarks>
    public static ResNetConfig? Infer(StateDict state)
    {
        ResNetConfig? config = Textbook(state) ?? Flat(state);
        bool nested = config?.Naming == ResNetNaming.Textbook;
        Tensor? stem = nested ? Find(state, "layer1.0.weight", rank: 4) : StemOf(state);
        Tensor? head = Find(state, "fc.weight", rank: 2) ?? Find(state, "linear.weight", rank: 2);
        if (config is null || stem is not { ElementCount: > 0 } || head is { ElementCount: 0 }) return null;
        int channels = (Find(state, nested ? "layer1.1.weight" : "bn1.weight", rank: 1) ?? stem).Shape[0];
        return config with
        {
            NumClasses = head?.Shape[0] ?? 0,
            InChannels = stem.Shape[1],
            StemWidths = config.Stem == StemKind.Deep || channels == Stem.Channels(config) ? config.StemWidths : [channels],
        };
    }

    /// <summary>The article's naming: <c>layer2_x.0.fit_.0.0.weight</c>.</summary>
    private static ResNetConfig? Textbook(StateDict state)
    {
        ImmutableArray<int> depths = Depths(state, (stage, block) => $"layer{stage + 2}_x.{block}.fit_.0.0.weight");
        BlockKind? kind = KindOf(state, convolution => $"layer2_x.0.fit_.{2 * convolution}.0.weight"); // a ReLU between each pair
        if (kind is null) return null;
        ResNetConfig config = ResNetConfig.Textbook(kind, depths);
        return depths.Length == config.Widths.Length ? config : null;
    }

    /// <summary>Torchvision's naming, which timm's and most CIFAR networks share: <c>layer1.0.conv1.weight</c>.</summary>
    private static ResNetConfig? Flat(StateDict state)
    {
        ImmutableArray<int> depths = Depths(state, (stage, block) => $"layer{stage + 1}.{block}.conv1.weight");
        BlockKind? kind = KindOf(state, convolution => $"layer1.0.conv{convolution + 1}.weight");
        Tensor? stem = StemOf(state), middle = Find(state, "layer1.0.conv2.weight", rank: 4);
        if (depths.IsEmpty || kind is null || stem is null || middle is null) return null;

        ImmutableArray<int> widths = [.. Enumerable.Range(1, depths.Length).Select(stage =>
            (Find(state, $"layer{stage}.0.conv{kind.Convolutions}.weight", rank: 4)?.Shape[0] ?? 0) / kind.Expansion)];
        if (widths.Contains(0) || middle.ElementCount == 0 || middle.Shape[0] % middle.Shape[1] != 0) return null;

        return new ResNetConfig
        {
            Block = kind,
            Depths = depths,
            Widths = widths,
            Groups = kind.IsGrouped ? middle.Shape[0] / middle.Shape[1] : 1,
            WidthPerGroup = kind.IsGrouped ? middle.Shape[1] * ResNetConfig.BaseWidth / widths[0] : ResNetConfig.BaseWidth,
            SqueezeReduction = SqueezeReductionOf(state, depths.Length),
            Stem = state.ContainsKey(DeepStem) ? StemKind.Deep : stem.Shape[2] == 3 ? StemKind.Cifar : StemKind.ImageNet,
            Shortcut = ShortcutOf(state),
            Naming = state.ContainsKey("linear.weight") ? ResNetNaming.Cifar : ResNetNaming.Torchvision,
        };
    }

    /// <summary>The kind with the most convolutions, among those whose last convolution is in the state.</summary>
    private static BlockKind? KindOf(StateDict state, Func<int, string> convolution) => BlockKind.All
        .OrderByDescending(kind => kind.Convolutions)
        .FirstOrDefault(kind => Find(state, convolution(kind.Convolutions - 1), rank: 4) is not null);

    /// <summary>The weights of the first convolution, in flat naming.</summary>
    private static Tensor? StemOf(StateDict state) => Find(state, "conv1.weight", rank: 4) ?? Find(state, DeepStem, rank: 4);

    /// <summary>Derives the ratio from the last stage, which is the widest, so that rounding matters least.</summary>
    private static int? SqueezeReductionOf(StateDict state, int stages) =>
        Find(state, $"layer{stages}.0.se.fc1.weight", rank: 4) is { ElementCount: > 0 } squeeze ? squeeze.Shape[1] / squeeze.Shape[0] : null;

    private static ShortcutOption ShortcutOf(StateDict state)
    {
        bool Has(params ReadOnlySpan<string> endings)
        {
            foreach ((string name, Tensor tensor) in state)
            {
                if (tensor.Rank != 4) continue;
                foreach (string ending in endings)
                    if (name.EndsWith(ending, StringComparison.Ordinal)) return true;
            }
            return false;
        }
        if (Has("downsample.1.weight")) return ShortcutOption.AveragedProjectionWhereShapeChanges; // after the pooling, which has no weights
        return Has("downsample.0.weight", "shortcut.0.weight") ? ShortcutOption.ProjectionWhereShapeChanges : ShortcutOption.ZeroPadding;
    }

    /// <summary>The number of blocks in each stage, up to the first stage without any.</summary>
    private static ImmutableArray<int> Depths(StateDict state, Func<int, int, string> firstConvolution)
    {
        ImmutableArray<int>.Builder depths = ImmutableArray.CreateBuilder<int>();
        while (state.ContainsKey(firstConvolution(depths.Count, 0)))
        {
            int blocks = 1;
            while (state.ContainsKey(firstConvolution(depths.Count, blocks))) blocks++;
            depths.Add(blocks);
        }
        return depths.ToImmutable();
    }

    private static Tensor? Find(StateDict state, string name, int rank) =>
        state.TryGetValue(name, out Tensor? tensor) && tensor.Rank == rank ? tensor : null;
}
