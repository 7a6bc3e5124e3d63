using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Convolution.Direct;
using ResNetManaged.Kernels.Convolution.Grouped;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Kernels.Tiles;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Convolution.Winograd;

/// <summary>A 3 x 3 convolution of stride 1 by Winograd's minimal filtering, on blocked activations.</summary>
/// <remarks>
/// Three phases: every tile of the input is transformed, <c>V[point][C / 16][tiles][16]</c>; at each point a product of matrices gives
/// <c>M[point][O / 16][tiles][16]</c>, with the same register tiles as <see cref="BlockedConv{TSimd, TVector}"/>; every tile of the output is transformed back,
/// with bias, residual and ReLU. A thread never reads what another one has just written within the layer, for that is slow: where the weights are few, it takes
/// its own tiles through all phases, in blocks that the caches hold; else all tiles through its own panels of output channels, and transforms the
/// input for itself. Groups go through the phases one after the other: each slice of channels that depends on no other one is a problem of its own.
/// </remarks>
internal sealed unsafe class WinogradConv<TSimd, TVector, TTransform>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TTransform : struct, IWinogradTransform
{
    private const int FewestTiles = 8; // of a thread
    private const int MostTilesOfPanels = 196; // in a block that goes through a thread's own panels
    private const int MostTilesOfGroups = 8; // with products of groups within a vector: 36 points of 8 tiles are 18 KiB, which the first-level cache holds
    private const double MostImbalance = 1.5; // of panels, before tiles are shared out in spite of many weights
    private const int CachedWeights = 3 << 20; // bytes that each core may read all of: 128 to 128 channels in F(4x4) have 2.4 MB

    private readonly BlockedLayout _input, _output, _residual;
    private readonly ConvPanels _panels;
    private readonly nint[][] _kernels; // by vectors - 1 and 2 * run + (paired ? 1 : 0)
    private readonly delegate*<float*, int, int, nint, float*, nint, void> _groupKernel; // null where groups are not within a vector
    private readonly TileList?[] _lists; // by number of tiles, made when first needed
    private readonly Size2D _grid;
    private readonly int _padding, _tiles, _tileBlock, _panelBlock;
    private readonly bool _relu;

    /// <summary>Prepares a convolution.</summary>
    /// <param name="geometry">All sizes: 3 x 3, stride and dilation 1, any groups, the same padding on all sides.</param>
    /// <param name="input">The input's layout, with the halo of <see cref="WinogradSizes.InputHalo"/>.</param>
    /// <param name="output">The output's layout.</param>
    /// <param name="residual">The layout of what is added; the output's own where nothing is.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <param name="block">Tiles of a block.</param>
    public WinogradConv(in ConvGeometry geometry, BlockedLayout input, BlockedLayout output, BlockedLayout residual, bool relu, int block)
    {
        (_input, _output, _residual, _relu) = (input, output, residual, relu);
        _padding = geometry.Padding.Top;
        _grid = WinogradSizes.Grid<TTransform>(geometry);
        _tiles = checked(geometry.Batch * _grid.Area);
        _groupKernel = GroupKernels<TSimd, TVector>.Get(geometry);
        bool groupsOfLanes = _groupKernel != null;
        _panels = new ConvPanels(WinogradSizes.PointGeometry(geometry), ChannelBlock.Size, TSimd.Lanes, groupsOfLanes);
        _tileBlock = Math.Min(groupsOfLanes ? Math.Min(block, MostTilesOfGroups) : block, _tiles);
        _panelBlock = groupsOfLanes ? _tileBlock : Math.Min(MostTilesOfPanels, _tiles);
        _lists = new TileList?[Math.Max(_tileBlock, _panelBlock) + 1];
        _kernels = [Kernels(1), Kernels(2)];
    }

    /// <summary>What is applied to the result; null for nothing.</summary>
    public PixelEpilogue? Epilogue { get; init; }

    private static int PointCount => WinogradSizes.Points<TTransform>();

    /// <summary>How the weights of each point are packed.</summary>
    public ConvPanels Panels => _panels;

    /// <summary>Floats of scratch for so many threads.</summary>
    public int ScratchLength(int threads) => checked(threads * (Math.Max(BlockLength(_tileBlock), BlockLength(_panelBlock)) + ThreadScratch.Gap));

    /// <summary>The weights that a thread begins with.</summary>
    public int FirstWeight(WorkShare share) =>
        SplitsTiles(share) ? 0 : _panels.Panels[Math.Min(PanelsOf(share).First, _panels.Panels.Length - 1)].Weights;

    /// <summary>Has the kernels of the usual blocks of tiles compiled, by calling them for no tile.</summary>
    public void PrepareTiles()
    {
        if (_groupKernel != null)
        {
            _groupKernel(null, 0, 0, 0, null, 0);
            return;
        }
        foreach (int tiles in (ReadOnlySpan<int>)[_tileBlock, _panelBlock])
        {
            foreach (TileRange range in List(tiles).Ranges)
                foreach (int vectors in _panels.Panels.Select(panel => panel.Vectors).Distinct())
                    ((delegate*<in TileCall, Tile*, int, void>)Kernel(range, vectors))(default, null, 0);
        }
    }

    /// <summary>Computes this thread's part; all threads call it with the same arguments.</summary>
    /// <param name="input">The images.</param>
    /// <param name="weights">Packed weights.</param>
    /// <param name="bias">A bias for each output channel of the blocks.</param>
    /// <param name="residual">What is added; null for nothing.</param>
    /// <param name="output">Receives the result; must not overlap what is read.</param>
    /// <param name="scratch">Memory that all threads share.</param>
    /// <param name="next">The weights that this thread needs afterwards, to prefetch.</param>
    /// <param name="share">Which part.</param>
    public void Run(float* input, float* weights, float* bias, float* residual, float* output, float* scratch, float* next, WorkShare share)
    {
        bool splitsTiles = SplitsTiles(share);
        (int start, int end) = splitsTiles ? share.Of(_tiles) : (0, _tiles);
        (int firstPanel, int endPanel) = splitsTiles ? (0, _panels.Panels.Length) : PanelsOf(share);
        int longest = splitsTiles ? _tileBlock : _panelBlock, blocks = Sizes.CeilingDivide(end - start, longest), count = end - start;
        float* points = scratch + (nint)share.Thread * ScratchLength(1);
        for (int panel = firstPanel; panel < endPanel;)
        {
            ChannelSlice slice = ChannelSlice.From(_panels, panel, endPanel);
            panel = slice.EndPanel;
            float* following = panel < endPanel ? weights + _panels.Panels[panel].Weights : next;
            for (int b = 0; b < blocks; b++)
            {
                int first = start + (int)((long)count * b / blocks), tiles = start + (int)((long)count * (b + 1) / blocks) - first;
                float* sums = _groupKernel != null ? points : points + (nint)PointCount * WinogradTiles.PointStride(slice.InputBlocks, tiles);
                WinogradTiles.TransformInput<TSimd, TVector, TTransform>(input, _input, slice.FirstInputBlock, slice.EndInputBlock, _grid, _padding, first, tiles,
                    points);
                if (_groupKernel != null) MultiplyGroups(points, weights, tiles, slice);
                else Multiply(points, weights, sums, tiles, slice, b + 1 < blocks ? weights + _panels.Panels[slice.FirstPanel].Weights : following);
                TransformOutput(sums, bias, residual, output, first, tiles, slice);
            }
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(float* points, float* weights, float* sums, int tiles, in ChannelSlice slice, float* next)
    {
        int planeStride = WinogradTiles.PlaneStride(tiles);
        int inputStride = WinogradTiles.PointStride(slice.InputBlocks, tiles), outputStride = WinogradTiles.PointStride(slice.OutputBlocks, tiles);
        TileList list = List(tiles);
        int* taps = stackalloc int[slice.InputBlocks];
        for (int block = 0; block < slice.InputBlocks; block++) taps[block] = block * planeStride;
        TileCall call = new()
        {
            Taps = taps,
            Depth = ChannelBlock.Size,
            OutputVectorStride = TSimd.Lanes < ChannelBlock.Size ? TSimd.Lanes : planeStride,
        };
        for (int point = 0; point < PointCount; point++)
        {
            for (int p = slice.FirstPanel; p < slice.EndPanel; p++)
            {
                ConvPanel panel = _panels.Panels[p];
                call.TapCount = panel.Blocks; // none, where the panel is padding alone
                call.Input = points + (nint)point * inputStride + (panel.FirstBlock - slice.FirstInputBlock) * planeStride;
                call.Weights = weights + point * _panels.WeightLength + panel.Weights;
                call.Output = sums + (nint)point * outputStride + (panel.FirstChannel / ChannelBlock.Size - slice.FirstOutputBlock) * planeStride
                    + panel.FirstChannel % ChannelBlock.Size;
                call.Prefetch = (byte*)Following(point, p, slice, weights, next);
                int width = panel.Vectors * TSimd.Lanes, bytesPerTile = panel.Blocks * ChannelBlock.Size; // at a step of one byte
                call.PrefetchStep = Sizes.CeilingDivide(width * sizeof(float), list.Count);
                foreach (TileRange range in list.Ranges)
                {
                    ((delegate*<in TileCall, Tile*, int, void>)Kernel(range, panel.Vectors))(call, list.Tiles + range.Start, range.Count);
                    call.Prefetch += range.Count * bytesPerTile * call.PrefetchStep;
                }
            }
        }
    }

    /// <summary>Products of groups within a vector, which take the points' place: a lane reads what other lanes of its vector hold, and no other vector.</summary>
    private void MultiplyGroups(float* points, float* weights, int tiles, in ChannelSlice slice)
    {
        int planeStride = WinogradTiles.PlaneStride(tiles), pointStride = WinogradTiles.PointStride(slice.InputBlocks, tiles);
        for (int p = slice.FirstPanel; p < slice.EndPanel; p++)
        {
            ConvPanel panel = _panels.Panels[p];
            if (panel.Blocks == 0) continue; // padding, whose points are zeros
            float* channels = points + (panel.FirstBlock - slice.FirstInputBlock) * planeStride + panel.FirstChannel % ChannelBlock.Size;
            _groupKernel(channels, tiles, PointCount, pointStride, weights + panel.Weights, _panels.WeightLength);
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TransformOutput(float* sums, float* bias, float* residual, float* output, int firstTile, int tiles, in ChannelSlice slice)
    {
        int m = TTransform.OutputTile;
        float* memory = stackalloc float[PointCount * ChannelBlock.Size + CacheLine.Floats], rows = CacheLine.Align(memory);
        int planeStride = WinogradTiles.PlaneStride(tiles), pointStride = WinogradTiles.PointStride(slice.OutputBlocks, tiles);
        for (int block = slice.FirstOutputBlock; block < slice.EndOutputBlock; block++)
        {
            WinogradTileCursor tile = new(_grid, firstTile);
            float* source = sums + (nint)(block - slice.FirstOutputBlock) * planeStride;
            for (int i = 0; i < tiles; i++, source += ChannelBlock.Size, tile.MoveNext())
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
                    if (Epilogue is null) continue;
                    for (int h = 0; h < epilogue.Rows; h++)
                        Epilogue.Apply(epilogue.Output + h * epilogue.OutputRowStride, ChannelBlock.Size, epilogue.Columns);
                }
            }
        }
    }

    /// <summary>Whether each thread takes tiles of its own; else it takes panels of its own.</summary>
    private bool SplitsTiles(WorkShare share)
    {
        bool fewWeights = (long)PointCount * _panels.WeightLength * sizeof(float) <= CachedWeights;
        return fewWeights ? share.Threads == 1 || _tiles >= share.Threads * FewestTiles : share.Imbalance(Shares) > MostImbalance;
    }

    /// <summary>Panels in so many parts that a thread may take: panels that lie in one block of channels stay together.</summary>
    private int Shares => Sizes.CeilingDivide(_panels.Panels.Length, PanelsPerShare);

    private int PanelsPerShare => Math.Max(1, ChannelBlock.Size / (_panels.Panels[0].Vectors * TSimd.Lanes));

    private (int First, int End) PanelsOf(WorkShare share)
    {
        (int start, int end) = share.Of(Shares);
        return (start * PanelsPerShare, Math.Min(end * PanelsPerShare, _panels.Panels.Length));
    }

    /// <summary>The weights that are read after a product's.</summary>
    private float* Following(int point, int panel, in ChannelSlice slice, float* weights, float* next)
    {
        if (++panel == slice.EndPanel)
        {
            panel = slice.FirstPanel;
            if (++point == PointCount) return next;
        }
        return weights + point * _panels.WeightLength + _panels.Panels[panel].Weights;
    }

    private int BlockLength(int tiles)
    {
        int longest = 0;
        for (int panel = 0; panel < _panels.Panels.Length;)
        {
            ChannelSlice slice = ChannelSlice.From(_panels, panel, _panels.Panels.Length);
            panel = slice.EndPanel;
            longest = Math.Max(longest, checked(WinogradTiles.PointStride(slice.InputBlocks, tiles) + WinogradTiles.PointStride(slice.OutputBlocks, tiles)));
        }
        return checked(PointCount * longest);
    }

    private TileList List(int tiles) => Volatile.Read(ref _lists[tiles]) ?? (_lists[tiles] = TileList.Cover(new Size2D(1, tiles),
        TileKernels<TSimd, TVector>.LongestRun, runsGoDown: false, (_, tile) => (tile * ChannelBlock.Size, tile * ChannelBlock.Size, 0)));

    private nint Kernel(TileRange range, int vectors) => _kernels[vectors - 1][2 * range.Run + (range.Paired ? 1 : 0)];

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
}
