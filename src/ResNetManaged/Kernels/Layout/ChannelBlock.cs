using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Layout;

/// <summary>Channels are stored in blocks: the 16 values of a pixel's block are contiguous, on every vector width.</summary>
internal static class ChannelBlock
{
    /// <summary>Channels of a block; also the floats of a cache line and of the widest vector.</summary>
    public const int Size = 16;

    /// <summary>Blocks for a number of channels; the last may be padded with zeros.</summary>
    public static int Count(int channels) => Sizes.CeilingDivide(channels, Size);
}
