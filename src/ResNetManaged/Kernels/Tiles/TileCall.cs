using ResNetManaged.Kernels.Layout;
using System.Runtime.CompilerServices;

namespace ResNetManaged.Kernels.Tiles;

/// <summary>What all tiles of one panel of output channels have in common.</summary>
internal unsafe struct TileCall()
{
    /// <summary>The image; tiles say where in it they begin.</summary>
    public float* Input;

    /// <summary>The offset of each tap from a tile's first pixel, in floats: where in the input <see cref="Depth"/> products begin.</summary>
    public int* Taps;

    public int TapCount;

    /// <summary>Floats that follow each other in the input at each tap, each multiplied by one vector (or two) of weights.</summary>
    public int Depth;

    /// <summary>The panel's weights: for each tap and each float of its depth one vector (or two).</summary>
    public float* Weights;

    /// <summary>What each output channel starts from; null for 0.</summary>
    public float* Bias;

    public float* Output;

    /// <summary>What is added to the result; null for nothing.</summary>
    public float* Residual;

    /// <summary>How far the pixels of a run lie apart; for kernels that are not compiled for one distance.</summary>
    public PixelStrides Strides = PixelStrides.Neighbours;

    /// <summary>Floats from a pixel's first vector to its second, in the output and in the residual.</summary>
    public nint OutputVectorStride, ResidualVectorStride;

    /// <summary>Whether negative results become 0.</summary>
    public bool Relu;

    /// <summary>The weights to bring into the cache while this panel is computed, and how many bytes to go on with each product.</summary>
    public byte* Prefetch;
    public nint PrefetchStep;

    /// <summary>
    /// How many taps before their use pixels are fetched: as many as a block of channels has, whose taps share pixels; 0 for not at all. Kernels of long runs
    /// fetch only where it is 1, in 1 x 1 kernels.
    /// </summary>
    public int TapsAhead;

    /// <summary>
    /// Where the lines lie that a tile's epilogue reads and writes, to be fetched while its first taps are computed: those of the residual, then
    /// those of the output, a vector at a time.
    /// </summary>
    /// <param name="tile">The tile.</param>
    /// <param name="tap">How many taps came before.</param>
    /// <param name="step">Floats to the next line; 0 where there is nothing to fetch.</param>
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
    /// <summary>Pixels of blocks that follow each other.</summary>
    public static PixelStrides Neighbours => new(ChannelBlock.Size, ChannelBlock.Size, ChannelBlock.Size);
}
