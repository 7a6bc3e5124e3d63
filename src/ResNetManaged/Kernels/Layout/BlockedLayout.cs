using ResNetManaged.Kernels.Memory;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Layout;

/// <summary>How activations are stored: <c>[N][C / block][top + H + bottom][left + W + right][block]</c>. All strides are in floats.</summary>
/// <remarks>Blocks have 16 channels, except in a network's input, whose few channels may each be stored as a plane, in blocks of 1.</remarks>
internal readonly record struct BlockedLayout
{
    public BlockedLayout(int channels, Size2D size, Halo halo, int blockSize = ChannelBlock.Size)
    {
        Channels = channels;
        BlockSize = blockSize;
        Size = size;
        Halo = halo;
        RowStride = checked((halo.Left + size.Width + halo.Right) * blockSize);
        PlaneStride = CacheStride.Of(checked((halo.Top + size.Height + halo.Bottom) * RowStride));
        ImageStride = checked(Blocks * PlaneStride);
    }

    /// <summary>C; the last block is padded with channels of zeros.</summary>
    public int Channels { get; }

    /// <summary>Channels of a block: 16, or 1.</summary>
    public int BlockSize { get; }

    /// <summary>H and W.</summary>
    public Size2D Size { get; }

    public Halo Halo { get; }

    public int RowStride { get; }

    /// <summary>From one block of channels to the next.</summary>
    public int PlaneStride { get; }

    public int ImageStride { get; }

    /// <summary>Blocks of channels.</summary>
    public int Blocks => Sizes.CeilingDivide(Channels, BlockSize);

    /// <summary>The first pixel of an image.</summary>
    public int Origin => Offset(0, 0);

    /// <summary>The offset of a pixel in the first block; negative coordinates lie in the halo.</summary>
    public int Offset(int row, int column) => (Halo.Top + row) * RowStride + (Halo.Left + column) * BlockSize;

    /// <summary>The offset of a channel from its image's first float.</summary>
    public nint ChannelOffset(int channel) => channel / BlockSize * (nint)PlaneStride + channel % BlockSize;

    /// <summary>Floats from a pixel's vector of channels to the next, in the same block or the next block.</summary>
    /// <param name="lanes">Channels of a vector.</param>
    public nint VectorStride(int lanes) => lanes < BlockSize ? lanes : PlaneStride;

    /// <summary>Sets the halo of some planes to zero; planes are numbered consecutively across all images.</summary>
    public unsafe void ClearHalo(float* images, int firstPlane, int endPlane)
    {
        if (Halo == default) return;
        int top = Halo.Top * RowStride + Halo.Left * BlockSize;
        int between = (Halo.Left + Halo.Right) * BlockSize, row = Size.Width * BlockSize;
        for (int plane = firstPlane; plane < endPlane; plane++)
        {
            float* start = images + (nint)plane * PlaneStride;
            new Span<float>(start, top).Clear();
            float* gap = start + top + row;
            for (int h = 1; h < Size.Height && between > 0; h++, gap += RowStride) new Span<float>(gap, between).Clear();
            float* last = start + Offset(Size.Height - 1, Size.Width);
            new Span<float>(last, (int)(start + PlaneStride - last)).Clear();
        }
    }
}
