using System.Collections.Immutable;

namespace ResNetManaged.Models.Parts;

/// <summary>Lists the blocks of a network.</summary>
internal static class BlockPlan
{
    /// <summary>The blocks of each stage. Beyond <see cref="ResNetConfig.OutputStride"/>, stages dilate instead of striding.</summary>
    public static IReadOnlyList<BlockSpec[]> Stages(ResNetConfig config)
    {
        List<BlockSpec[]> stages = [];
        int channels = Stem.Channels(config), total = Stem.Stride(config), dilation = 1, blocks = 0;
        for (int i = 0; i < config.Depths.Length; i++)
        {
            int stride = i == 0 && !config.StridesInFirstStage ? 1 : 2, before = dilation;
            if (total < config.OutputStride) total *= stride;
            else (dilation, stride) = (dilation * stride, 1);
            BlockKind kind = config.KindOf(i);
            ImmutableArray<int> pruned = config.PrunedChannels;
            BlockSpec[] stage = Stage(new BlockSpec(config, channels, config.Widths[i], stride) { Kind = kind, Dilation = dilation, FirstDilation = before },
                config.Depths[i], block => pruned.IsDefaultOrEmpty ? default : pruned.Slice((blocks + block) * kind.Convolutions, kind.Convolutions));
            stages.Add(stage);
            blocks += stage.Length;
            channels = stage[^1].OutChannels;
        }
        return stages;
    }

    /// <summary>The blocks of a stage.</summary>
    /// <param name="first">The first block, which may change the shape.</param>
    /// <param name="count">The number of blocks.</param>
    /// <param name="prunedChannels">The channels of a pruned block by its number; default if it is not pruned.</param>
    public static BlockSpec[] Stage(BlockSpec first, int count, Func<int, ImmutableArray<int>>? prunedChannels = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        BlockSpec[] blocks = new BlockSpec[count];
        blocks[0] = first with { IsFirst = true, Pruned = prunedChannels?.Invoke(0) ?? default };
        for (int i = 1; i < count; i++)
        {
            blocks[i] = first with
            {
                InChannels = blocks[i - 1].OutChannels,
                Stride = 1,
                FirstDilation = first.Dilation,
                Pruned = prunedChannels?.Invoke(i) ?? default,
            };
        }
        return blocks;
    }
}
