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
/// Three phases: every input tile is transformed, <c>V[point][C / 16][tiles][16]</c>; at each point a matrix product gives
/// <c>M[point][O / 16][tiles][16]</c>, with the same register tiles as <see cref="BlockedConv{TSimd, TVector}"/>; every output tile is transformed
/// back, with bias, residual and ReLU. Within a layer, a thread never reads what another has just written, because that is slow. If the weights are
/// few, each thread takes its own tiles through all phases, in blocks that fit the caches; otherwise it takes all tiles through its own panels of
/// output channels and transforms the input itself. Groups go through the phases one after another: each independent slice of channels is a separate
/// problem.
/// </remarks>
internal sealed unsafe class WinogradConv<TSimd, TVector, TTransform>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TTransform : struct, IWinogradTransform
{
    private const int FewestTiles = 8; // per thread
    private const int MostTilesOfPanels = 196; // in a block, if threads divide panels
    private const int MostTilesOfGroups = 8; // if groups are narrower than a vector: 36 points of 8 tiles are 18 KiB and fit the first-level cache
    private const double MostImbalance = 1.5; // of panels; beyond it, threads divide tiles despite many weights
    private const int CachedWeights = 3 << 20; // bytes that each core may read in full: 128 to 128 channels in F(4x4) take 2.4 MB

    private readonly BlockedLayout _input, _output, _residual;
    private readonly ConvPanels _panels;
    private readonly TileTable _kernels;
    private readonly GroupFunction _groupKernel; // null unless a vector holds whole groups
    private readonly TileList?[] _lists; // by number of tiles, created on first use
    private readonly Size2D _grid;
    private readonly int _padding, _tiles, _tileBlock, _panelBlock;
    private readonly bool _relu;

    /// <summary>Prepares a convolution.</summary>
    /// <param name="geometry">All sizes: 3 x 3, stride and dilation 1, any groups, the same padding on all sides.</param>
    /// <param name="input">The input's layout, with the halo of <see cref="WinogradSizes.InputHalo"/>.</param>
    /// <param name="output">The output's layout.</param>
    /// <param name="residual">The layout of the residual; the output's if there is none.</param>
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
        _kernels = TileTable.ForRows<TSimd, TVector>(ChannelBlock.Size);
    }

    /// <summary>What is applied to the result; null if nothing is.</summary>
    public PixelEpilogue? Epilogue { get; init; }

    private static int PointCount => WinogradSizes.Points<TTransform>();

    /// <summary>How the weights of each point are packed.</summary>
    public ConvPanels Panels => _panels;

    /// <summary>Floats of scratch for that many threads.</summary>
    public int ScratchLength(int threads) => checked(threads * (Math.Max(BlockLength(_tileBlock), BlockLength(_panelBlock)) + ThreadScratch.Gap));

    /// <summary>The offset of the weights that a thread reads first.</summary>
    public int FirstWeight(WorkShare share) =>
        SplitsTiles(share) ? 0 : _panels.Panels[Math.Min(PanelsOf(share).First, _panels.Panels.Length - 1)].Weights;

    /// <summary>Forces the JIT to compile the kernels of the usual blocks by calling them with zero tiles.</summary>
    public void PrepareTiles()
    {
        if (_groupKernel != null)
        {
            _groupKernel(null, 0, 0, 0, null, 0);
            return;
        }
        _kernels.Prepare(List(_tileBlock), _panels);
        _kernels.Prepare(List(_panelBlock), _panels);
    }

    /// <summary>Computes this thread's part; all threads call it with the same arguments.</summary>
    /// <param name="input">The images.</param>
    /// <param name="weights">Packed weights.</param>
    /// <param name="bias">A bias for each output channel, in whole blocks.</param>
    /// <param name="residual">What to add; null for nothing.</param>
    /// <param name="output">Receives the result; must not overlap any input.</param>
    /// <param name="scratch">Memory that all threads share.</param>
    /// <param name="next">The weights that this thread reads next, to prefetch.</param>
    /// <param name="share">This thread's part.</param>
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
                call.TapCount = panel.Blocks; // none if the panel is only padding
                call.Input = points + (nint)point * inputStride + (panel.FirstBlock - slice.FirstInputBlock) * planeStride;
                call.Weights = weights + point * _panels.WeightLength + panel.Weights;
                call.Output = sums + (nint)point * outputStride + (panel.FirstChannel / ChannelBlock.Size - slice.FirstOutputBlock) * planeStride
                    + panel.FirstChannel % ChannelBlock.Size;
                call.Prefetch = (byte*)Following(point, p, slice, weights, next);
                int width = panel.Vectors * TSimd.Lanes, bytesPerTile = panel.Blocks * ChannelBlock.Size; // at a step of one byte
                call.PrefetchStep = Sizes.CeilingDivide(width * sizeof(float), list.Count);
                foreach (TileRange range in list.Ranges)
                {
                    _kernels[panel.Vectors, range](call, list.Tiles + range.Start, range.Count);
                    call.Prefetch += range.Count * bytesPerTile * call.PrefetchStep;
                }
            }
        }
    }

    /// <summary>Products of groups narrower than a vector; they overwrite the points, since each lane reads only lanes of the same vector.</summary>
    private void MultiplyGroups(float* points, float* weights, int tiles, in ChannelSlice slice)
    {
        int planeStride = WinogradTiles.PlaneStride(tiles), pointStride = WinogradTiles.PointStride(slice.InputBlocks, tiles);
        for (int p = slice.FirstPanel; p < slice.EndPanel; p++)
        {
            ConvPanel panel = _panels.Panels[p];
            if (panel.Blocks == 0) continue; // padding: its points are zeros
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

    /// <summary>Whether threads divide the tiles; otherwise they divide the panels.</summary>
    private bool SplitsTiles(WorkShare share)
    {
        bool fewWeights = (long)PointCount * _panels.WeightLength * sizeof(float) <= CachedWeights;
        return fewWeights ? share.Threads == 1 || _tiles >= share.Threads * FewestTiles : share.Imbalance(Shares) > MostImbalance;
    }

    /// <summary>Parts of the panels that threads divide: panels of one block of channels stay together.</summary>
    private int Shares => Sizes.CeilingDivide(_panels.Panels.Length, PanelsPerShare);

    private int PanelsPerShare => Math.Max(1, ChannelBlock.Size / (_panels.Panels[0].Vectors * TSimd.Lanes));

    private (int First, int End) PanelsOf(WorkShare share)
    {
        (int start, int end) = share.Of(Shares);
        return (start * PanelsPerShare, Math.Min(end * PanelsPerShare, _panels.Panels.Length));
    }

    /// <summary>The weights read after those of a product.</summary>
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
}
