using System.Runtime.CompilerServices;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels;

/// <summary>A 3 x 3 convolution of stride 1 by Winograd's minimal filtering, on blocked activations.</summary>
/// <remarks>
/// Three phases: every tile of the input is transformed, <c>V[point][C / 16][tiles][16]</c>; at each point a product of matrices gives
/// <c>M[point][O / 16][tiles][16]</c>, with the same register tiles as <see cref="BlockedConv{TSimd, TVector}"/>; every tile of the output is transformed back,
/// with bias, residual and ReLU. Where there are many tiles and few weights, each thread takes tiles through all phases, in blocks that the caches hold;
/// else the threads share each phase, so that each reads only its part of the weights.
/// </remarks>
internal sealed unsafe class WinogradConv<TSimd, TVector, TTransform>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TTransform : struct, IWinogradTransform
{
    private const int FewestTiles = 28; // in a block of a thread's own: two register tiles

    private readonly BlockedLayout _input, _output, _residual;
    private readonly ConvPanels _panels;
    private readonly nint[][] _kernels; // by vectors - 1 and 2 * run + (paired ? 1 : 0)
    private readonly TileList?[] _lists; // by number of tiles, made when first needed
    private readonly Size2D _grid;
    private readonly int _padding, _tiles, _ownBlock, _sharedBlock;
    private readonly bool _relu;

    /// <summary>Prepares a convolution.</summary>
    /// <param name="geometry">All sizes: 3 x 3, stride and dilation 1, one group, the same padding on all sides.</param>
    /// <param name="input">The input's layout, with the halo of <see cref="Winograd.InputHalo"/>.</param>
    /// <param name="output">The output's layout.</param>
    /// <param name="residual">The layout of what is added; the output's own where nothing is.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <param name="block">Tiles of a block.</param>
    public WinogradConv(in ConvGeometry geometry, BlockedLayout input, BlockedLayout output, BlockedLayout residual, bool relu, int block)
    {
        (_input, _output, _residual, _relu) = (input, output, residual, relu);
        _padding = geometry.Padding.Height;
        _grid = Winograd.Grid<TTransform>(geometry);
        _tiles = checked(geometry.Batch * _grid.Area);
        _panels = new ConvPanels(Winograd.PointGeometry(geometry), ChannelBlock.Size, TSimd.Lanes);
        _ownBlock = Math.Min(block, _tiles);
        _sharedBlock = Math.Min(8 * block, _tiles);
        _lists = new TileList?[_sharedBlock + 1];
        _kernels = [Kernels(1), Kernels(2)];
    }

    private static int PointCount => Winograd.Points<TTransform>();

    /// <summary>How the weights of each point are packed.</summary>
    public ConvPanels Panels => _panels;

    /// <summary>Floats of scratch for so many threads.</summary>
    public int ScratchLength(int threads) => checked(Math.Max(threads * BlockLength(_ownBlock), BlockLength(_sharedBlock)));

    /// <summary>The weights that a thread begins with.</summary>
    public int FirstWeight(WorkShare share) => UsesOwnBlocks(share) ? 0 : Product(share.Of(PointCount * _panels.Panels.Length).Start, out _);

    /// <summary>Computes this thread's part; all threads call it with the same arguments.</summary>
    /// <param name="input">The images.</param>
    /// <param name="weights">Packed weights.</param>
    /// <param name="bias">A bias for each output channel of the blocks.</param>
    /// <param name="residual">What is added; null for nothing.</param>
    /// <param name="output">Receives the result; must not overlap what is read.</param>
    /// <param name="scratch">Memory that all threads share.</param>
    /// <param name="next">The weights that this thread needs afterwards, to prefetch.</param>
    /// <param name="share">Which part.</param>
    /// <param name="barrier">Where the threads wait for each other.</param>
    public void Run(float* input, float* weights, float* bias, float* residual, float* output, float* scratch, float* next,
        WorkShare share, TeamBarrier barrier)
    {
        if (UsesOwnBlocks(share))
        {
            (int start, int end) = share.Of(_tiles);
            scratch += (nint)share.Thread * BlockLength(_ownBlock);
            RunBlocks(start, end, _ownBlock, input, weights, bias, residual, output, scratch, next, WorkShare.All, TeamBarrier.None);
        }
        else
        {
            RunBlocks(0, _tiles, _sharedBlock, input, weights, bias, residual, output, scratch, next, share, barrier);
        }
    }

    private void RunBlocks(int start, int end, int longest, float* input, float* weights, float* bias, float* residual, float* output,
        float* scratch, float* next, WorkShare share, TeamBarrier barrier)
    {
        int blocks = (end - start + longest - 1) / longest, count = end - start;
        for (int b = 0; b < blocks; b++)
        {
            int first = start + (int)((long)count * b / blocks), tiles = start + (int)((long)count * (b + 1) / blocks) - first;
            float* points = scratch, sums = scratch + (nint)PointCount * PointStride(_input.Blocks, tiles);
            TransformInput(input, points, first, tiles, share);
            barrier.Wait();
            Multiply(points, weights, sums, tiles, b + 1 < blocks ? weights + Product(share.Of(PointCount * _panels.Panels.Length).Start, out _) : next, share);
            barrier.Wait();
            TransformOutput(sums, bias, residual, output, first, tiles, share);
            if (b + 1 < blocks) barrier.Wait();
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TransformInput(float* input, float* points, int firstTile, int tiles, WorkShare share)
    {
        float* rows = stackalloc float[PointCount * ChannelBlock.Size];
        int planeStride = PlaneStride(tiles), pointStride = PointStride(_input.Blocks, tiles);
        (int item, int end) = share.Of(_input.Blocks * tiles);
        while (item < end)
        {
            (int block, int first) = Math.DivRem(item, tiles);
            int last = Math.Min(tiles, first + end - item);
            item += last - first;
            TileCursor tile = new(_grid, firstTile + first);
            float* target = points + (nint)block * planeStride + first * ChannelBlock.Size;
            for (int i = first; i < last; i++, target += ChannelBlock.Size, tile.MoveNext())
            {
                float* pixels = input + tile.Image * (nint)_input.ImageStride + (nint)block * _input.PlaneStride
                    + _input.Offset(tile.Row * TTransform.OutputTile - _padding, tile.Column * TTransform.OutputTile - _padding);
                for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
                    TTransform.TransformInput<TSimd, TVector>(pixels + lane, _input.RowStride, target + lane, pointStride, rows);
            }
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(float* points, float* weights, float* sums, int tiles, float* next, WorkShare share)
    {
        int planeStride = PlaneStride(tiles);
        int inputStride = PointStride(_input.Blocks, tiles), outputStride = PointStride(_output.Blocks, tiles);
        TileList list = List(tiles);
        int* taps = stackalloc int[_input.Blocks];
        for (int block = 0; block < _input.Blocks; block++) taps[block] = block * planeStride;
        TileCall call = new()
        {
            Taps = taps,
            Depth = ChannelBlock.Size,
            OutputVectorStride = TSimd.Lanes < ChannelBlock.Size ? TSimd.Lanes : planeStride,
        };
        (int product, int end) = share.Of(PointCount * _panels.Panels.Length);
        for (; product < end; product++)
        {
            int offset = Product(product, out ConvPanel panel), point = product / _panels.Panels.Length;
            call.TapCount = panel.Blocks; // none, where the panel is padding alone
            call.Input = points + (nint)point * inputStride;
            call.Weights = weights + offset;
            call.Output = sums + (nint)point * outputStride + panel.FirstChannel / ChannelBlock.Size * planeStride
                + panel.FirstChannel % ChannelBlock.Size;
            call.Prefetch = (byte*)(product + 1 < end ? weights + Product(product + 1, out _) : next);
            int width = panel.Vectors * TSimd.Lanes, bytesPerTile = _input.Blocks * ChannelBlock.Size; // at a step of one byte
            call.PrefetchStep = (width * sizeof(float) + list.Count - 1) / list.Count;
            foreach (TileRange range in list.Ranges)
            {
                nint kernel = _kernels[panel.Vectors - 1][2 * range.Run + (range.Paired ? 1 : 0)];
                ((delegate*<in TileCall, Tile*, int, void>)kernel)(call, list.Tiles + range.Start, range.Count);
                call.Prefetch += range.Count * bytesPerTile * call.PrefetchStep;
            }
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TransformOutput(float* sums, float* bias, float* residual, float* output, int firstTile, int tiles, WorkShare share)
    {
        int m = TTransform.OutputTile;
        float* rows = stackalloc float[PointCount * ChannelBlock.Size];
        int planeStride = PlaneStride(tiles), pointStride = PointStride(_output.Blocks, tiles);
        (int item, int end) = share.Of(_output.Blocks * tiles);
        while (item < end)
        {
            (int block, int first) = Math.DivRem(item, tiles);
            int last = Math.Min(tiles, first + end - item);
            item += last - first;
            TileCursor tile = new(_grid, firstTile + first);
            float* source = sums + (nint)block * planeStride + first * ChannelBlock.Size;
            for (int i = first; i < last; i++, source += ChannelBlock.Size, tile.MoveNext())
            {
                int row = tile.Row * m, column = tile.Column * m;
                float* target = output + tile.Image * (nint)_output.ImageStride + (nint)block * _output.PlaneStride + _output.Offset(row, column);
                float* added = residual == null ? null
                    : residual + tile.Image * (nint)_residual.ImageStride + (nint)block * _residual.PlaneStride + _residual.Offset(row, column);
                for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
                {
                    WinogradEpilogue<TSimd, TVector> epilogue = new()
                    {
                        Bias = TSimd.Load(bias + block * ChannelBlock.Size + lane),
                        Output = target + lane,
                        Residual = added == null ? null : added + lane,
                        OutputRowStride = _output.RowStride,
                        ResidualRowStride = _residual.RowStride,
                        Rows = Math.Min(m, _output.Size.Height - row),
                        Columns = Math.Min(m, _output.Size.Width - column),
                        Relu = _relu,
                    };
                    TTransform.TransformOutput(source + lane, pointStride, rows, epilogue);
                }
            }
        }
    }

    private bool UsesOwnBlocks(WorkShare share) =>
        share.Threads == 1 || (_tiles >= share.Threads * FewestTiles && _input.Channels * _output.Channels <= 1 << 14);

    /// <summary>Where the weights of a product begin; products are counted point by point, panel by panel.</summary>
    private int Product(int index, out ConvPanel panel)
    {
        (int point, int p) = Math.DivRem(index, _panels.Panels.Length);
        panel = _panels.Panels[Math.Min(p, _panels.Panels.Length - 1)];
        return point * _panels.WeightLength + panel.Weights;
    }

    private int BlockLength(int tiles) =>
        checked(PointCount * (PointStride(_input.Blocks, tiles) + PointStride(_output.Blocks, tiles)));

    /// <summary>Floats from one block of channels to the next, kept from being a multiple of 4 KiB.</summary>
    private static int PlaneStride(int tiles) => tiles % 64 == 0 ? (tiles + 1) * ChannelBlock.Size : tiles * ChannelBlock.Size;

    private static int PointStride(int blocks, int tiles)
    {
        int stride = blocks * PlaneStride(tiles);
        return stride % 1024 == 0 ? stride + ChannelBlock.Size : stride;
    }

    private TileList List(int tiles) => Volatile.Read(ref _lists[tiles]) ?? (_lists[tiles] = TileList.Cover(new Size2D(1, tiles),
        TileKernels<TSimd, TVector>.LongestRun, (_, tile) => (tile * ChannelBlock.Size, tile * ChannelBlock.Size, 0)));

    private static nint[] Kernels(int vectors)
    {
        nint[] kernels = new nint[2 * TileKernels<TSimd, TVector>.LongestRun + 2];
        for (int run = 1; run <= TileKernels<TSimd, TVector>.LongestRun; run++)
        {
            kernels[2 * run] = (nint)TileKernels<TSimd, TVector>.Get(run, paired: false, vectors, ChannelBlock.Size);
            kernels[2 * run + 1] = (nint)TileKernels<TSimd, TVector>.Get(run, paired: true, vectors, ChannelBlock.Size);
        }
        return kernels;
    }

    /// <summary>A tile's image, row and column.</summary>
    private struct TileCursor
    {
        private readonly Size2D _grid;

        public TileCursor(Size2D grid, int tile)
        {
            _grid = grid;
            (Image, int inImage) = Math.DivRem(tile, grid.Area);
            (Row, Column) = Math.DivRem(inImage, grid.Width);
        }

        public int Image { get; private set; }

        public int Row { get; private set; }

        public int Column { get; private set; }

        public void MoveNext()
        {
            if (++Column < _grid.Width) return;
            Column = 0;
            if (++Row < _grid.Height) return;
            Row = 0;
            Image++;
        }
    }
}
