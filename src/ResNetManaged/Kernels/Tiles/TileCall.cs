using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;

namespace ResNetManaged.Kernels.Tiles;

/// <summary>What all tiles of one panel of output channels have in common.</summary>
internal unsafe struct TileCall()
{
    /// <summary>The image; tiles hold offsets into it.</summary>
    public float* Input;

    /// <summary>For each tap, the offset in floats from a tile's first pixel to the input of its <see cref="Depth"/> products.</summary>
    public int* Taps;

    public int TapCount;

    /// <summary>Consecutive input floats at each tap, each multiplied by one or two vectors of weights.</summary>
    public int Depth;

    /// <summary>The panel's weights: for each tap and each float of its depth, one or two vectors.</summary>
    public float* Weights;

    /// <summary>The initial value of each output channel; null for 0.</summary>
    public float* Bias;

    public float* Output;

    /// <summary>What is added to the result; null if nothing is.</summary>
    public float* Residual;

    /// <summary>The distances between pixels of a run, for kernels that are not compiled for a fixed distance.</summary>
    public PixelStrides Strides = PixelStrides.Neighbors;

    /// <summary>Floats from a pixel's first vector to its second, in the output and in the residual.</summary>
    public nint OutputVectorStride, ResidualVectorStride;

    /// <summary>Whether negative results become 0.</summary>
    public bool Relu;

    /// <summary>The weights to prefetch while this panel is computed, and the bytes to advance with each product.</summary>
    public byte* Prefetch;
    public nint PrefetchStep;

    /// <summary>
    /// How many taps ahead pixels are prefetched: the taps of a block of channels, which share pixels; 0 for no prefetching. Kernels with long runs
    /// prefetch only if it is 1, in 1 x 1 kernels.
    /// </summary>
    public int TapsAhead;

    /// <summary>
    /// The cache lines that a tile's epilogue reads and writes, to be prefetched while its first taps are computed: those of the residual, then
    /// those of the output, one vector at a time.
    /// </summary>
    /// <param name="tile">The tile.</param>
    /// <param name="tap">The number of taps before this one.</param>
    /// <param name="step">Floats to the next line; 0 if there is nothing to prefetch.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float* EpilogueLine(Tile* tile, int tap, out nint step)
    {
        if (Residual == null) tap += 2;
        step = tap < 2 ? Strides.Residual : Strides.Output;
        switch (tap)
        {
            case 0: return Residual + tile->Residual0;
            case 1: return Residual + tile->Residual0 + ResidualVectorStride;
            case 2: return Output + tile->Output0;
            case 3: return Output + tile->Output0 + OutputVectorStride;
        }
        step = 0;
        return Output;
    }
}

/// <summary>Floats from one pixel of a run to the next in the input, the output and the residual.</summary>
internal readonly record struct PixelStrides(nint Input, nint Output, nint Residual)
{
    /// <summary>Adjacent pixels of a block.</summary>
    public static PixelStrides Neighbors => new(ChannelBlock.Size, ChannelBlock.Size, ChannelBlock.Size);
}
