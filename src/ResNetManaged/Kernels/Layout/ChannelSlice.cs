using ResNetManaged.Kernels.Tiles;

namespace ResNetManaged.Kernels.Layout;

/// <summary>Consecutive panels of output channels that share no block of input channels with other panels: some groups, or all channels.</summary>
/// <param name="FirstPanel">Its first panel.</param>
/// <param name="EndPanel">One past its last panel.</param>
/// <param name="FirstInputBlock">The first block of input channels that it reads.</param>
/// <param name="EndInputBlock">One past the last.</param>
/// <param name="FirstOutputBlock">The first block of output channels that it computes.</param>
/// <param name="EndOutputBlock">One past the last.</param>
internal readonly record struct ChannelSlice(
    int FirstPanel, int EndPanel, int FirstInputBlock, int EndInputBlock, int FirstOutputBlock, int EndOutputBlock)
{
    public int InputBlocks => EndInputBlock - FirstInputBlock;

    public int OutputBlocks => EndOutputBlock - FirstOutputBlock;

    /// <summary>The slice that begins with a panel.</summary>
    /// <param name="panels">All panels.</param>
    /// <param name="first">The panel; the first of its block of output channels.</param>
    /// <param name="end">The latest end of the slice: one past the last panel of a block.</param>
    public static ChannelSlice From(ConvPanels panels, int first, int end)
    {
        ReadOnlySpan<ConvPanel> all = panels.Panels;
        int endInput = all[first].FirstBlock + all[first].Blocks, next = first + 1;
        for (; next < end && Continues(all[next], endInput); next++) endInput = Math.Max(endInput, all[next].FirstBlock + all[next].Blocks);
        int endChannel = next < all.Length ? all[next].FirstChannel : panels.BiasLength;
        return new ChannelSlice(first, next, all[first].FirstBlock, endInput, all[first].FirstChannel / ChannelBlock.Size, endChannel / ChannelBlock.Size);
    }

    private static bool Continues(in ConvPanel panel, int endInput) =>
        panel.FirstBlock < endInput || panel.FirstChannel % ChannelBlock.Size != 0; // a panel of only padding reads no block; its first block is 0
}
