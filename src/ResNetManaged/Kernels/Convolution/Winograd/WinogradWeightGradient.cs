using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Kernels.Tiles;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Convolution.Winograd;

/// <summary>The gradient of a 3 x 3 convolution's weights by Winograd's minimal filtering, on blocked activations.</summary>
/// <remarks>
/// The adjoint of Y = A^T [(G g G^T) * (B^T d B)] A in g: dW = G^T [sum over tiles of (B^T d B) * (A dY A^T)] G, with * element by element. At each
/// point the sum over tiles is a product of matrices, input channels by tiles by output channels, which
/// <see cref="WeightTileKernel{TSimd, TVector, TFirst, TSecond, TVectors}"/> computes as for a 1 x 1 convolution whose pixels are the tiles. Threads
/// divide the panels of output channels, and each transforms the input itself; or, if the weights are few, they divide parts of the batch
/// (<see cref="GradientParts"/>). No thread reads what another has just written.
/// </remarks>
internal sealed unsafe class WinogradWeightGradient<TSimd, TVector, TTransform>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TTransform : struct, IWinogradGradient
{
    private const int FewestTiles = 8; // per part

    private readonly ConvGeometry _geometry;
    private readonly BlockedLayout _input, _gradient;
    private readonly ConvPanels _panels;
    private readonly Size2D _grid;
    private readonly WeightTileTable<TSimd, TVector> _rows; // the 16 channels of a block
    private readonly int _tiles, _block, _parts;

    /// <summary>Prepares a gradient.</summary>
    /// <param name="geometry">All sizes of the convolution: 3 x 3, stride and dilation 1, one group, the same padding on all sides.</param>
    /// <param name="input">The layout of its input, with the halo of <see cref="WinogradSizes.InputHalo"/>.</param>
    /// <param name="gradient">The layout of the gradient of its output, in blocks of 16; its halo is not read.</param>
    /// <param name="block">The most tiles to transform and multiply at a time; see <see cref="TilesAtOnce"/>.</param>
    public WinogradWeightGradient(in ConvGeometry geometry, BlockedLayout input, BlockedLayout gradient, int block)
    {
        (_geometry, _input, _gradient) = (geometry, input, gradient);
        _grid = WinogradSizes.Grid<TTransform>(geometry);
        _tiles = checked(geometry.Batch * _grid.Area);
        _block = Math.Clamp(_tiles, 1, block);
        _panels = new ConvPanels(WinogradSizes.PointGeometry(geometry), ChannelBlock.Size, TSimd.Lanes);
        _parts = GradientParts.Count(geometry.WeightLength, _tiles / FewestTiles);
        _rows = new WeightTileTable<TSimd, TVector>([0], ChannelBlock.Size);
    }

    /// <summary>Whether <see cref="Finish"/> must follow <see cref="Run"/>.</summary>
    public bool HasParts => _parts > 1;

    private static int PointCount => WinogradSizes.Points<TTransform>();

    /// <summary>Floats of a pair's sums at one point.</summary>
    private static int PairLength => ChannelBlock.Size * 2 * TSimd.Lanes;

    private int PartialStride => Sizes.RoundUp(_geometry.WeightLength, ChannelBlock.Size);

    private int PartialLength => HasParts ? checked(_parts * PartialStride) : 0;

    /// <summary>A good number of tiles in a block for a convolution.</summary>
    /// <remarks>
    /// With few channels, transformed tiles and sums stay in the second-level cache. If the sums are too large for it, they are read and written as
    /// rarely as the third-level cache allows.
    /// </remarks>
    public static int TilesAtOnce(in ConvGeometry geometry)
    {
        const int Cached = 1 << 20, Outer = 16 << 20, Fewest = 64;
        int pointBytes = PointCount * sizeof(float);
        long sums = (long)pointBytes * geometry.InChannels * geometry.OutChannels, tile = (long)pointBytes * (geometry.InChannels + geometry.OutChannels);
        return (int)Math.Max(Fewest, (sums > Cached ? Outer : Cached) / tile);
    }

    /// <summary>Floats of scratch for that many threads.</summary>
    public int ScratchLength(int threads) => checked(PartialLength + threads * (ThreadLength(threads) + ThreadScratch.Gap));

    /// <summary>Forces the JIT to compile the kernels by calling them with zero pixels.</summary>
    public void Prepare() => _rows.Prepare(_panels);

    /// <summary>Computes this thread's part; all threads call it with the same arguments.</summary>
    /// <param name="input">The convolution's input.</param>
    /// <param name="gradient">The gradient of its output.</param>
    /// <param name="weightGradient">Receives the gradient of its weights, OIHW, here or in <see cref="Finish"/>.</param>
    /// <param name="accumulate">Whether to add to what it holds.</param>
    /// <param name="scratch">Memory that all threads share.</param>
    /// <param name="share">This thread's part.</param>
    public void Run(float* input, float* gradient, float* weightGradient, bool accumulate, float* scratch, WorkShare share)
    {
        int panels = _panels.Panels.Length;
        float* own = scratch + PartialLength + (nint)share.Thread * (ThreadLength(share.Threads) + ThreadScratch.Gap);
        (int item, int end) = share.Of(_parts * panels);
        while (item < end)
        {
            (int part, int panel) = Math.DivRem(item, panels);
            int endPanel = Math.Min(panels, panel + end - item);
            float* result = HasParts ? scratch + (nint)part * PartialStride : weightGradient;
            RunPart(part, panel, endPanel, input, gradient, result, accumulate && !HasParts, own);
            item += endPanel - panel;
        }
    }

    /// <summary>Adds up the parts, after <see cref="Run"/> and a barrier; all threads call it with the same arguments.</summary>
    /// <param name="weightGradient">Receives the gradient.</param>
    /// <param name="accumulate">Whether to add to what it holds.</param>
    /// <param name="scratch">The scratch of <see cref="Run"/>.</param>
    /// <param name="share">This thread's part.</param>
    public void Finish(float* weightGradient, bool accumulate, float* scratch, WorkShare share)
    {
        if (HasParts) GradientParts.Sum<TSimd, TVector>(scratch, _parts, PartialStride, weightGradient, _geometry.WeightLength, accumulate, share);
    }

    /// <summary>
    /// Computes some panels of one part together; or one after another if all tiles are one block, so that a panel's sums stay in the cache.
    /// </summary>
    private void RunPart(int part, int firstPanel, int endPanel, float* input, float* gradient, float* result, bool accumulate, float* scratch)
    {
        (int start, int end) = GradientParts.Of(part, _parts, _tiles);
        int blocks = Blocks(end - start), together = blocks == 1 ? 1 : endPanel - firstPanel;
        int firstBlock = _panels.Panels[firstPanel].FirstChannel / ChannelBlock.Size, gradientBlocks = GradientBlocks(firstPanel, endPanel);
        int pointStride = SumStride(together);
        float* sums = scratch + PointCount * (WinogradTiles.PointStride(_input.Blocks, _block) + WinogradTiles.PointStride(gradientBlocks, _block));
        for (int panel = firstPanel; panel < endPanel; panel += together)
        {
            new Span<float>(sums, checked(PointCount * pointStride)).Clear();
            for (int b = 0; b < blocks; b++)
            {
                (int first, int endTile) = new WorkShare(b, blocks).Of(end - start);
                int tiles = endTile - first;
                float* gradients = scratch + PointCount * WinogradTiles.PointStride(_input.Blocks, tiles);
                if (blocks > 1 || panel == firstPanel)
                {
                    WinogradTiles.TransformInput<TSimd, TVector, TTransform>(input, _input, 0, _input.Blocks, _grid, _geometry.Padding.Top,
                        start + first, tiles, scratch);
                    TransformGradient(gradient, start + first, tiles, firstBlock, gradientBlocks, gradients);
                }
                for (int p = panel; p < panel + together; p++)
                    Multiply(scratch, gradients, tiles, p, firstBlock, gradientBlocks, sums + (nint)(p - panel) * PanelLength, pointStride);
            }
            for (int p = panel; p < panel + together; p++) Write(p, sums + (nint)(p - panel) * PanelLength, pointStride, result, accumulate);
        }
    }

    /// <summary>A dY A^T of some tiles and blocks of channels; pixels outside the plane count as 0.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TransformGradient(float* gradient, int firstTile, int tiles, int firstBlock, int blocks, float* points)
    {
        int m = TTransform.OutputTile, planeStride = WinogradTiles.PlaneStride(tiles), pointStride = WinogradTiles.PointStride(blocks, tiles);
        float* memory = stackalloc float[(PointCount + m * m) * ChannelBlock.Size + CacheLine.Floats];
        float* rows = CacheLine.Align(memory), edge = rows + PointCount * ChannelBlock.Size;
        for (int block = 0; block < blocks; block++)
        {
            WinogradTileCursor tile = new(_grid, firstTile);
            float* target = points + (nint)block * planeStride;
            for (int i = 0; i < tiles; i++, target += ChannelBlock.Size, tile.MoveNext())
            {
                int row = tile.Row * m, column = tile.Column * m;
                nint rowStride = _gradient.RowStride;
                float* pixels = gradient + tile.Image * (nint)_gradient.ImageStride + (nint)(firstBlock + block) * _gradient.PlaneStride
                    + _gradient.Offset(row, column);
                int height = Math.Min(m, _gradient.Size.Height - row), width = Math.Min(m, _gradient.Size.Width - column);
                if (height < m || width < m)
                {
                    new Span<float>(edge, m * m * ChannelBlock.Size).Clear();
                    for (int h = 0; h < height; h++)
                        Unsafe.CopyBlockUnaligned(edge + h * m * ChannelBlock.Size, pixels + h * rowStride, (uint)(width * ChannelBlock.Size * sizeof(float)));
                    pixels = edge;
                    rowStride = m * ChannelBlock.Size;
                }
                for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
                    TTransform.TransformGradient<TSimd, TVector>(pixels + lane, rowStride, target + lane, pointStride, rows);
            }
        }
    }

    /// <summary>Adds the products of some tiles to a panel's sums, <c>[point][block of input channels][channel][lane]</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(float* points, float* gradients, int tiles, int panelIndex, int firstBlock, int gradientBlocks, float* sums, int sumStride)
    {
        ref readonly ConvPanel panel = ref _panels.Panels[panelIndex];
        int planeStride = WinogradTiles.PlaneStride(tiles);
        WeightTileCall call = new()
        {
            Images = 1,
            Rows = 1,
            Pixels = tiles,
            InputPixelStride = ChannelBlock.Size,
            GradientVectorStride = TSimd.Lanes < ChannelBlock.Size ? TSimd.Lanes : planeStride,
        };
        gradients += (nint)(panel.FirstChannel / ChannelBlock.Size - firstBlock) * planeStride + panel.FirstChannel % ChannelBlock.Size;
        WeightTile[] rows = _rows.Tiles(panel.Vectors);
        WeightTileFunction[] kernels = _rows.Kernels(panel.Vectors);
        int inputStride = WinogradTiles.PointStride(_input.Blocks, tiles), gradientStride = WinogradTiles.PointStride(gradientBlocks, tiles);
        for (int point = 0; point < PointCount; point++, points += inputStride, gradients += gradientStride, sums += sumStride)
        {
            for (int block = 0; block < panel.Blocks; block++)
            {
                float* input = points + (nint)block * planeStride;
                float* pair = sums + block * PairLength;
                for (int t = 0; t < rows.Length; t++)
                {
                    ref readonly WeightTile tile = ref rows[t];
                    kernels[t](call, input + tile.Offset0, input + tile.Offset1, gradients, pair + tile.Row * panel.Vectors * TSimd.Lanes);
                }
            }
        }
    }

    /// <summary>Converts a panel's sums to weight gradients.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Write(int panelIndex, float* sums, int sumStride, float* result, bool accumulate)
    {
        ref readonly ConvPanel panel = ref _panels.Panels[panelIndex];
        int length = ChannelBlock.Size * panel.Vectors * TSimd.Lanes;
        float* memory = stackalloc float[9 * PairLength + PointCount * ChannelBlock.Size + CacheLine.Floats];
        float* taps = CacheLine.Align(memory), rows = taps + 9 * PairLength;
        for (int block = 0; block < panel.Blocks; block++, sums += PairLength)
        {
            for (int i = 0; i < length; i += TSimd.Lanes) TTransform.TransformSums<TSimd, TVector>(sums + i, sumStride, taps + i, length, rows);
            WeightSums.Write(_geometry, _panels, panel, block, taps, result, accumulate);
        }
    }

    /// <summary>Blocks for a number of tiles.</summary>
    private int Blocks(int tiles) => Math.Max(1, Sizes.CeilingDivide(tiles, _block));

    /// <summary>Blocks of output channels that some panels cover.</summary>
    private int GradientBlocks(int firstPanel, int endPanel)
    {
        int end = endPanel < _panels.Panels.Length ? _panels.Panels[endPanel].FirstChannel : _panels.BiasLength;
        return ChannelBlock.Count(end) - _panels.Panels[firstPanel].FirstChannel / ChannelBlock.Size;
    }

    /// <summary>Floats of a panel's sums at one point.</summary>
    private int PanelLength => _input.Blocks * PairLength;

    /// <summary>Floats from one point's sums of some panels to the next; one cache line more, since most lengths are multiples of 4 KiB.</summary>
    private int SumStride(int panels) => checked(panels * PanelLength + ChannelBlock.Size);

    private int ThreadLength(int threads)
    {
        int panels = _panels.Panels.Length, own = Math.Min(panels, Sizes.CeilingDivide(_parts * panels, threads));
        int blocks = Math.Min(_gradient.Blocks, own * 2 * TSimd.Lanes / ChannelBlock.Size + 2);
        bool once = Blocks(Sizes.CeilingDivide(_tiles, _parts)) == 1;
        return checked(PointCount * (WinogradTiles.PointStride(_input.Blocks, _block) + WinogradTiles.PointStride(blocks, _block) + SumStride(once ? 1 : own)));
    }
}
