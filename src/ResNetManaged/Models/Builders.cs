using ResNetManaged.Layers;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Models;

/// <summary>The pieces that residual blocks and stages are made of, under the article's names.</summary>
/// <remarks>For use with <c>using static</c>: <c>Sequential conv = Conv3x3(2, 10);</c></remarks>
public static class Builders
{
    /// <summary>A 3x3 convolution with padding 1 and no bias, followed by batch norm.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="stride">The step between outputs.</param>
    /// <param name="initialZero">Whether the batch norm's weight starts at 0, for the last convolution of a residual branch.</param>
    /// <param name="generator">Where the weights are drawn from; null for a seed that nobody chose.</param>
    /// <returns>The convolution and the batch norm.</returns>
    public static Sequential Conv3x3(int inChannels, int outChannels, int stride = 1, bool initialZero = false,
        TorchGenerator? generator = null) =>
        new ConvSpec(inChannels, outChannels, KernelSize: 3, stride, ZeroInit: initialZero).BuildSequential(generator);

    /// <summary>A 1x1 convolution without padding or bias, followed by batch norm.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="stride">The step between outputs.</param>
    /// <param name="initialZero">Whether the batch norm's weight starts at 0, for the last convolution of a residual branch.</param>
    /// <param name="generator">Where the weights are drawn from; null for a seed that nobody chose.</param>
    /// <returns>The convolution and the batch norm.</returns>
    public static Sequential Conv1x1(int inChannels, int outChannels, int stride = 1, bool initialZero = false,
        TorchGenerator? generator = null) =>
        new ConvSpec(inChannels, outChannels, KernelSize: 1, stride, ZeroInit: initialZero).BuildSequential(generator);

    /// <summary>A stage of the article's network: blocks of one width, the first of which changes the shape.</summary>
    /// <param name="block">The kind of block.</param>
    /// <param name="width">A residual unit's channels, a quarter of a bottleneck's.</param>
    /// <param name="numBlocks">How many blocks.</param>
    /// <param name="afterConv1">
    /// True for the stage behind the stem, which takes 64 channels and does not stride; the others halve height and width and take
    /// half the channels they return.
    /// </param>
    /// <param name="generator">Where the weights are drawn from; null for a seed that nobody chose.</param>
    /// <returns>The blocks.</returns>
    /// <exception cref="ArgumentException">Residual units behind the stem have another width than the 64 channels it returns.</exception>
    public static Sequential MakeLayers(BlockKind block, int width, int numBlocks, bool afterConv1 = false, TorchGenerator? generator = null)
    {
        ResNetConfig config = ResNetConfig.Textbook(block);
        int inChannels = afterConv1 ? ResNet.StemChannels : width * config.Expansion / 2, stride = afterConv1 ? 1 : 2;
        if (block == BlockKind.ResidualUnit) ResidualUnit.InChannels(width, stride, inChannels);
        return Stage(config, inChannels, width, numBlocks, stride, generator);
    }

    /// <summary>A stage of any network: the first block takes <paramref name="inChannels"/> and strides.</summary>
    internal static Sequential Stage(ResNetConfig config, int inChannels, int width, int numBlocks, int stride, TorchGenerator? generator)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numBlocks);
        List<Module> blocks = [];
        for (int i = 0; i < numBlocks; i++)
        {
            bool first = i == 0;
            blocks.Add(ResidualBlock.Create(config, first ? inChannels : width * config.Expansion, width, first ? stride : 1, generator));
        }
        return new Sequential(blocks);
    }
}
