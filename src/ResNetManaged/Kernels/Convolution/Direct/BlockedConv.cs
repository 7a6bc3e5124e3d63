using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Kernels.Tiles;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Convolution.Direct;

/// <summary>A convolution on blocked activations, directly from the definition: any kernel, stride, dilation and groups.</summary>
/// <remarks>
/// For each panel of output channels and each tile of pixels, the sum over all taps stays in registers and is stored once, with bias,
/// residual and ReLU. Only the weights are packed, beforehand. Zhang et al. 2018, "High performance zero-memory overhead
/// direct convolutions", arXiv:1809.10170.
/// </remarks>
internal sealed unsafe class BlockedConv<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    // Bytes of input that stay in the second-level cache together with the weights of two panels.
    private const int ResidentBytes = 400 << 10;

    // With more weights than this, threads divide the panels, so that no core reads them all. With fewer they divide the pixels, so that a thread
    // finds in its cache what it computed in the previous layer.
    private const int ManyWeights = 1536 << 10;

    private readonly BlockedLayout _input, _output, _residual;
    private readonly ConvPanels _panels;
    private readonly TileList _tiles;
    private readonly TileTable _kernels;
    private readonly int[] _taps; // pinned
    private readonly int _images, _chunk;
    private readonly bool _prefersPanels;
    private readonly bool _relu;
    private readonly PixelStrides _along, _down; // a row, a column

    /// <summary>Prepares a convolution.</summary>
    /// <param name="geometry">All sizes. Input blocks of 16 allow any kernel; blocks of 1 need a dilation of 1 along the width and one group.</param>
    /// <param name="input">The input's layout; its halo contains everything the kernel reads outside the plane.</param>
    /// <param name="output">The output's layout, in blocks of 16.</param>
    /// <param name="residual">The layout of the residual; the output's if there is none.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    public BlockedConv(in ConvGeometry geometry, BlockedLayout input, BlockedLayout output, BlockedLayout residual, bool relu)
        : this(geometry, input, output, residual, relu, Taps(geometry, input), Tiles(geometry, input, output, residual), ChannelBlock.Size)
    {
    }

    /// <summary>Prepares a convolution with given taps and output pixels, which may differ from those of its geometry.</summary>
    /// <param name="geometry">Batch, channels, groups, stride and the size of the kernel.</param>
    /// <param name="input">The input's layout.</param>
    /// <param name="output">The output's layout, in blocks of 16.</param>
    /// <param name="residual">The layout of the residual.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <param name="taps">The offset of each tap from a tile's first pixel; pinned.</param>
    /// <param name="tiles">The output pixels.</param>
    /// <param name="outputPixelStride">Floats from one pixel of a run to the next in the output and the residual.</param>
    public BlockedConv(in ConvGeometry geometry, BlockedLayout input, BlockedLayout output, BlockedLayout residual, bool relu, int[] taps, TileList tiles,
        int outputPixelStride)
    {
        (_input, _output, _residual, _relu) = (input, output, residual, relu);
        (_taps, _tiles) = (taps, tiles);
        _images = geometry.Batch;
        _panels = new ConvPanels(geometry, input.BlockSize, TSimd.Lanes);
        Size2D stride = geometry.Stride;
        int pixelStride = stride.Width * input.BlockSize;
        _along = new PixelStrides(pixelStride, outputPixelStride, outputPixelStride);
        _down = new PixelStrides(stride.Height * input.RowStride, output.RowStride, residual.RowStride);
        _kernels = TileTable.For<TSimd, TVector>(tiles, pixelStride);

        // A kernel smaller than its stride skips pixels.
        double used = Math.Min(1, (double)geometry.Kernel.Height / stride.Height) * Math.Min(1, (double)geometry.Kernel.Width / stride.Width);
        long inputBytes = (long)(used * input.ImageStride * _images * sizeof(float)), weightBytes = (long)_panels.WeightLength * sizeof(float);
        _prefersPanels = weightBytes > ManyWeights;
        _chunk = ChunkOfTiles(inputBytes, weightBytes);
    }

    /// <summary>What is applied to the result; null if nothing is.</summary>
    public PixelEpilogue? Epilogue { get; init; }

    /// <summary>How the weights are packed.</summary>
    public ConvPanels Panels => _panels;

    /// <summary>The offset of the weights that a thread reads first.</summary>
    public int FirstWeight(WorkShare share) => SplitsPanels(share) ? _panels.Panels[share.Of(_panels.Panels.Length).Start].Weights : 0;

    /// <summary>Whether a thread has anything to compute.</summary>
    public bool HasWork(WorkShare share)
    {
        (int start, int end) = share.Of(SplitsPanels(share) ? _panels.Panels.Length : _images * _tiles.Count);
        return start < end;
    }

    /// <summary>Forces the JIT to compile the tile kernels by calling them with zero tiles.</summary>
    public void PrepareTiles() => _kernels.Prepare(_tiles, _panels);

    /// <summary>Computes this thread's part.</summary>
    /// <param name="input">The images.</param>
    /// <param name="weights">Packed weights.</param>
    /// <param name="bias">A bias for each output channel, in whole blocks.</param>
    /// <param name="residual">What to add; null for nothing. It may be the output itself.</param>
    /// <param name="output">Receives the result; must not overlap any other input.</param>
    /// <param name="next">The weights that this thread reads next, to prefetch.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* input, float* weights, float* bias, float* residual, float* output, float* next, WorkShare share)
    {
        int panels = _panels.Panels.Length, tiles = checked(_images * _tiles.Count);
        bool splitsPanels = SplitsPanels(share);
        (int firstPanel, int endPanel) = splitsPanels ? share.Of(panels) : (0, panels);
        (int firstTile, int endTile) = splitsPanels ? (0, tiles) : share.Of(tiles);
        fixed (int* taps = _taps)
        {
            TileCall call = new()
            {
                Depth = _panels.Depth,
                OutputVectorStride = _output.VectorStride(TSimd.Lanes),
                ResidualVectorStride = _residual.VectorStride(TSimd.Lanes),
                Relu = _relu,
                TapsAhead = _panels.TapsPerBlock,
                Taps = taps,
            };
            for (int tile = firstTile; tile < endTile;)
            {
                int end = Math.Min(endTile, tile + _chunk);
                for (int p = firstPanel; p < endPanel; p++)
                {
                    ref readonly ConvPanel panel = ref _panels.Panels[p];
                    call.TapCount = panel.Blocks * _panels.TapsPerBlock;
                    call.Weights = weights + panel.Weights;
                    call.Bias = bias + panel.FirstChannel;
                    call.Prefetch = (byte*)(p + 1 < endPanel ? weights + _panels.Panels[p + 1].Weights : next);
                    RunPanel(ref call, panel, input, residual, output, tile, end);
                }
                tile = end;
            }
        }
    }

    /// <summary>Computes one panel's tiles, numbered consecutively across all images.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunPanel(ref TileCall call, in ConvPanel panel, float* input, float* residual, float* output, int tile, int endTile)
    {
        int width = panel.Vectors * TSimd.Lanes;
        int bytesPerTile = call.TapCount * call.Depth; // at a step of one byte
        call.PrefetchStep = Sizes.CeilingDivide(width * sizeof(float), endTile - tile);
        nint inputBlock = (nint)panel.FirstBlock * _input.PlaneStride;
        while (tile < endTile)
        {
            (int image, int first) = Math.DivRem(tile, _tiles.Count);
            int end = Math.Min(_tiles.Count, first + endTile - tile);
            call.Input = input + image * (nint)_input.ImageStride + inputBlock;
            call.Output = output + image * (nint)_output.ImageStride + _output.ChannelOffset(panel.FirstChannel);
            call.Residual = residual == null ? null
                : residual + image * (nint)_residual.ImageStride + _residual.ChannelOffset(panel.FirstChannel);
            for (int i = 0; i < _tiles.Ranges.Length; i++)
            {
                TileRange range = _tiles.Ranges[i];
                int start = Math.Max(first, range.Start), count = Math.Min(end, range.End) - start;
                if (count <= 0) continue;
                call.Strides = range.Down ? _down : _along;
                _kernels[panel.Vectors, range](call, _tiles.Tiles + start, count);
                if (Epilogue is not null) Finish(Epilogue, call, panel.Vectors, range, start, count);
                call.Prefetch += count * bytesPerTile * call.PrefetchStep;
            }
            tile += end - first;
        }
    }

    /// <summary>Applies the epilogue to some tiles of a range, which one panel has just computed.</summary>
    private void Finish(PixelEpilogue epilogue, in TileCall call, int vectors, TileRange range, int firstTile, int tiles)
    {
        for (int i = firstTile; i < firstTile + tiles; i++)
        {
            Tile* tile = _tiles.Tiles + i;
            for (int vector = 0; vector < vectors; vector++)
            {
                float* output = call.Output + vector * call.OutputVectorStride;
                epilogue.Apply(output + tile->Output0, call.Strides.Output, range.Run);
                if (range.Paired) epilogue.Apply(output + tile->Output1, call.Strides.Output, range.Run);
            }
        }
    }

    /// <summary>The number of tiles that go through all panels before the next ones.</summary>
    /// <remarks>
    /// Either every panel rereads all of the input, or every chunk of the input rereads all of the weights: whichever moves fewer bytes.
    /// </remarks>
    private int ChunkOfTiles(long inputBytes, long weightBytes)
    {
        int tiles = _images * _tiles.Count, chunks = (int)Math.Min(tiles, Sizes.CeilingDivide(inputBytes, ResidentBytes));
        long chunked = chunks * weightBytes + inputBytes, whole = weightBytes + inputBytes * _panels.Panels.Length;
        return chunks == 1 || whole <= chunked ? tiles : Sizes.CeilingDivide(tiles, chunks);
    }

    private bool SplitsPanels(WorkShare share)
    {
        if (share.Threads == 1) return true;
        double panels = share.Imbalance(_panels.Panels.Length), tiles = share.Imbalance(_images * _tiles.Count);
        return _prefersPanels ? panels <= 1.1 * tiles : panels * 1.1 < tiles;
    }

    private static TileList Tiles(ConvGeometry geometry, BlockedLayout input, BlockedLayout output, BlockedLayout residual)
    {
        Size2D stride = geometry.Stride;
        Padding2D padding = geometry.Padding;
        int longestRun = stride.Width * input.BlockSize is 1 or 2 or 16 or 32 ? TileKernels<TSimd, TVector>.LongestRun : 1;
        return TileList.Cover(geometry.Output, longestRun, TileKernels<TSimd, TVector>.RunsGoDown, (row, column) => (
            input.Offset(row * stride.Height - padding.Top, column * stride.Width - padding.Left),
            output.Offset(row, column), residual.Offset(row, column)));
    }

    internal static int[] Taps(in ConvGeometry geometry, BlockedLayout input)
    {
        Size2D dilation = geometry.Dilation;
        int columns = input.BlockSize == 1 ? 1 : geometry.Kernel.Width; // in blocks of 1, a kernel row is a tap's depth
        int[] taps = GC.AllocateUninitializedArray<int>(input.Blocks * geometry.Kernel.Height * columns, pinned: true);
        int t = 0;
        for (int block = 0; block < input.Blocks; block++)
        {
            for (int kh = 0; kh < geometry.Kernel.Height; kh++)
            {
                for (int kw = 0; kw < columns; kw++)
                {
                    taps[t++] = checked(block * input.PlaneStride + kh * dilation.Height * input.RowStride
                        + kw * dilation.Width * input.BlockSize);
                }
            }
        }
        return taps;
    }
}
