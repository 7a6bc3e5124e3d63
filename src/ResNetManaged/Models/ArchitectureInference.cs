using System.Collections.Immutable;
using ResNetManaged.Layers.State;
using ResNetManaged.Tensors;

namespace ResNetManaged.Models;

/// <summary>Finds out which network a state belongs to, from nothing but its names and shapes.</summary>
/// <remarks>
/// Depths, widths, groups, classes and input channels are all visible there. What is not follows from the naming: torchvision's
/// bottlenecks stride in the 3x3 convolution, the article's in the first 1x1; blocks without shortcut weights use option A.
/// </remarks>
internal static class ArchitectureInference
{
    /// <summary>The configuration that the state seems to be of; null where it is no residual network of a known family.</summary>
    /// <remarks>Only loading the state can prove it: what is looked at here is just enough to tell the networks apart.</remarks>
    public static ResNetConfig? Infer(StateDict state)
    {
        ResNetConfig? config = Textbook(state) ?? Flat(state);
        bool nested = config?.Naming == ResNetNaming.Textbook;
        Tensor? stem = Find(state, nested ? "layer1.0.weight" : "conv1.weight", rank: 4);
        Tensor? head = Find(state, "fc.weight", rank: 2) ?? Find(state, "linear.weight", rank: 2);
        return config is null || stem is not { ElementCount: > 0 } || head is not { ElementCount: > 0 }
            ? null
            : config with { NumClasses = head.Shape[0], InChannels = stem.Shape[1] };
    }

    /// <summary>The article's naming: <c>layer2_x.0.fit_.0.0.weight</c>.</summary>
    private static ResNetConfig? Textbook(StateDict state)
    {
        ImmutableArray<int> depths = Depths(state, (stage, block) => $"layer{stage + 2}_x.{block}.fit_.0.0.weight");
        bool bottleneck = state.ContainsKey("layer2_x.0.fit_.4.0.weight");
        ResNetConfig config = ResNetConfig.Textbook(bottleneck ? BlockKind.Bottleneck : BlockKind.ResidualUnit, depths);
        return depths.Length == config.Widths.Length ? config : null;
    }

    /// <summary>Torchvision's naming, which CIFAR networks mostly share: <c>layer1.0.conv1.weight</c>.</summary>
    private static ResNetConfig? Flat(StateDict state)
    {
        ImmutableArray<int> depths = Depths(state, (stage, block) => $"layer{stage + 1}.{block}.conv1.weight");
        Tensor? stem = Find(state, "conv1.weight", rank: 4), middle = Find(state, "layer1.0.conv2.weight", rank: 4);
        if (depths.IsEmpty || stem is null || middle is null) return null;

        bool bottleneck = Find(state, "layer1.0.conv3.weight", rank: 4) is not null;
        ImmutableArray<int> widths = [.. Enumerable.Range(1, depths.Length).Select(stage => bottleneck
            ? (Find(state, $"layer{stage}.0.conv3.weight", rank: 4)?.Shape[0] ?? 0) / 4
            : Find(state, $"layer{stage}.0.conv2.weight", rank: 4)?.Shape[0] ?? 0)];
        if (widths.Contains(0) || middle.ElementCount == 0 || middle.Shape[0] % middle.Shape[1] != 0) return null;

        bool projects = state.Keys.Any(name => name.EndsWith("downsample.0.weight", StringComparison.Ordinal)
            || name.EndsWith("shortcut.0.weight", StringComparison.Ordinal));
        return new ResNetConfig
        {
            Block = bottleneck ? BlockKind.Bottleneck : BlockKind.ResidualUnit,
            Depths = depths,
            Widths = widths,
            Groups = bottleneck ? middle.Shape[0] / middle.Shape[1] : 1,
            WidthPerGroup = bottleneck ? middle.Shape[1] * 64 / widths[0] : 64,
            Stem = stem.Shape[2] == 3 ? StemKind.Cifar : StemKind.ImageNet,
            Shortcut = projects ? ShortcutOption.ProjectionWhereShapeChanges : ShortcutOption.ZeroPadding,
            Naming = state.ContainsKey("linear.weight") ? ResNetNaming.Cifar : ResNetNaming.Torchvision,
        };
    }

    /// <summary>How many blocks stand in each stage, from the first that has any to the first that has none.</summary>
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
