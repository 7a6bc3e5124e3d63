using ResNetManaged.Layers;
using ResNetManaged.Models.Blocks;
using ResNetManaged.Models.Parts;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Models;

/// <summary>The pieces of residual blocks and stages, under the article's names.</summary>
/// <remarks>For use with <c>using static</c>: <c>Sequential conv = Conv3x3(2, 10);</c></remarks>
public static class Builders
{
    /// <summary>A 3x3 convolution with padding 1 and no bias, followed by batch norm.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="stride">The step between outputs.</param>
    /// <param name="initialZero">Whether the batch norm's weight starts at 0, for the last convolution of a residual branch.</param>
    /// <param name="generator">The source of the initial weights; null to seed randomly.</param>
    /// <returns>The convolution and the batch norm.</returns>
    public static Sequential Conv3x3(int inChannels, int outChannels, int stride = 1, bool initialZero = false,
        TorchGenerator? generator = null) =>
        new ConvSpec(inChannels, outChannels, KernelSize: 3, stride, ZeroInit: initialZero).BuildSequential(generator);

    /// <summary>A 1x1 convolution without padding or bias, followed by batch norm.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="stride">The step between outputs.</param>
    /// <param name="initialZero">Whether the batch norm's weight starts at 0, for the last convolution of a residual branch.</param>
    /// <param name="generator">The source of the initial weights; null to seed randomly.</param>
    /// <returns>The convolution and the batch norm.</returns>
    public static Sequential Conv1x1(int inChannels, int outChannels, int stride = 1, bool initialZero = false,
        TorchGenerator? generator = null) =>
        new ConvSpec(inChannels, outChannels, KernelSize: 1, stride, ZeroInit: initialZero).BuildSequential(generator);

    /// <summary>A stage of the article's network: blocks of one width, of which the first changes the shape.</summary>
    /// <param name="block">The kind of block.</param>
    /// <param name="width">A residual unit's channels, a quarter of a bottleneck's.</param>
    /// <param name="numBlocks">The number of blocks.</param>
    /// <param name="afterConv1">
    /// True for the stage after the stem, which takes 64 channels and does not stride; the others halve height and width and take
    /// half the channels they return.
    /// </param>
    /// <param name="generator">The source of the initial weights; null to seed randomly.</param>
    /// <returns>The blocks.</returns>
    /// <exception cref="ArgumentException">The residual units after the stem do not have its 64 channels.</exception>
    public static Sequential MakeLayers(BlockKind block, int width, int numBlocks, bool afterConv1 = false, TorchGenerator? generator = null)
    {
        ResNetConfig config = ResNetConfig.Textbook(block);
        int inChannels = afterConv1 ? Stem.ImageNetChannels : width * block.Expansion / 2, stride = afterConv1 ? 1 : 2;
        if (block == BlockKind.ResidualUnit) ResidualUnit.InChannels(width, stride, inChannels);
        return Stage(BlockPlan.Stage(new BlockSpec(config, inChannels, width, stride), numBlocks), generator);
    }

    /// <summary>A stage of any network.</summary>
    internal static Sequential Stage(IEnumerable<BlockSpec> blocks, TorchGenerator? generator) => new(blocks.Select(spec =>
        spec.Config.IsPreActivation ? new PreActivationBlock(spec, generator) : spec.Kind.Create(spec, generator)));
}
