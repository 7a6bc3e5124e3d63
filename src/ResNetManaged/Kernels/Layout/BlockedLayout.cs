using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Layout;

/// <summary>Zeros around the pixels of a plane, in pixels: the padding of whoever reads it, so that no kernel looks at borders.</summary>
internal readonly record struct Halo(int Top, int Left, int Bottom, int Right)
{
    /// <summary>A halo that is large enough for both.</summary>
    public static Halo Max(Halo a, Halo b) =>
        new(Math.Max(a.Top, b.Top), Math.Max(a.Left, b.Left), Math.Max(a.Bottom, b.Bottom), Math.Max(a.Right, b.Right));

    /// <summary>What a sliding window reads outside the plane when it computes <paramref name="output"/> pixels.</summary>
    public static Halo Of(Size2D input, Size2D output, Size2D span, Size2D stride, Size2D padding) => new(
        padding.Height, padding.Width,
        Math.Max(0, (output.Height - 1) * stride.Height + span.Height - padding.Height - input.Height),
        Math.Max(0, (output.Width - 1) * stride.Width + span.Width - padding.Width - input.Width));
}

/// <summary>Where activations lie: <c>[N][C / block][top + H + bottom][left + W + right][block]</c>. All strides are in floats.</summary>
/// <remarks>Blocks have 16 channels everywhere but in a network's input, whose few channels lie in planes of their own: blocks of 1.</remarks>
internal readonly record struct BlockedLayout
{
    private const int PageFloats = 4096 / sizeof(float);

    public BlockedLayout(int channels, Size2D size, Halo halo, int blockSize = ChannelBlock.Size)
    {
        Channels = channels;
        BlockSize = blockSize;
        Size = size;
        Halo = halo;
        RowStride = checked((halo.Left + size.Width + halo.Right) * blockSize);
        int plane = checked((halo.Top + size.Height + halo.Bottom) * RowStride);
        // Planes a multiple of 4 KiB apart would all fall into the same few sets of the first-level cache.
        PlaneStride = plane % PageFloats == 0 ? plane + ChannelBlock.Size : plane;
        ImageStride = checked(Blocks * PlaneStride);
    }

    /// <summary>C; channels that a last block has beyond it hold zeros.</summary>
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
    public int Blocks => (Channels + BlockSize - 1) / BlockSize;

    /// <summary>The first pixel of an image.</summary>
    public int Origin => Offset(0, 0);

    /// <summary>A pixel of the first block; negative coordinates lie in the halo.</summary>
    public int Offset(int row, int column) => (Halo.Top + row) * RowStride + (Halo.Left + column) * BlockSize;

    /// <summary>Where a channel lies, from its image's first float.</summary>
    public nint ChannelOffset(int channel) => channel / BlockSize * (nint)PlaneStride + channel % BlockSize;

    /// <summary>Floats from a pixel's vector of channels to the next one: in the same block, or in the next.</summary>
    /// <param name="lanes">Channels of a vector.</param>
    public nint VectorStride(int lanes) => lanes < BlockSize ? lanes : PlaneStride;

    /// <summary>Sets the halo of some planes to zero; planes of all images count through.</summary>
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
