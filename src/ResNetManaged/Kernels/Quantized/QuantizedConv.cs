using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Kernels.Tiles;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Quantized;

/// <summary>A convolution of bytes, directly from the definition, with exact sums: any kernel, stride and groups.</summary>
internal sealed unsafe class QuantizedConv
{
    // Bytes of input that stay in the second-level cache together with the weights of two panels, and the bytes of weights from which on threads divide the panels
    // instead of the pixels: as in BlockedConv.
    private const int ResidentBytes = 400 << 10, ManyWeights = 1536 << 10;

    private readonly BlockedLayout _input, _output, _residual;
    private readonly DotKernels _kernels;
    private readonly DotTile[] _tiles; // pinned
    private readonly int[] _taps; // pinned
    private readonly int _images, _chunk;
    private readonly nint _pixelStride;

    /// <summary>Prepares a convolution.</summary>
    /// <param name="geometry">All sizes. Input blocks of 4 need a dilation of 1 along the width and one group.</param>
    /// <param name="kernels">The instructions that sum products.</param>
    /// <param name="input">The input's layout, whose halo contains everything the kernel reads outside the plane: <see cref="InputHalo"/>.</param>
    /// <param name="output">The output's layout, in blocks of 16 bytes or floats.</param>
    /// <param name="residual">The layout of the residual; the output's if there is none.</param>
    public QuantizedConv(in ConvGeometry geometry, DotKernels kernels, BlockedLayout input, BlockedLayout output, BlockedLayout residual)
    {
        (_input, _output, _residual, _kernels) = (input, output, residual, kernels);
        _images = geometry.Batch;
        Panels = new QuantizedPanels(geometry, input.BlockSize, kernels.Lanes);
        _pixelStride = geometry.Stride.Width * input.BlockSize;
        _taps = Taps(geometry, input, Panels);
        _tiles = Tiles(geometry, kernels.Longest, input, output, residual);
        double used = Math.Min(1, (double)geometry.Kernel.Height / geometry.Stride.Height) * Math.Min(1, (double)geometry.Kernel.Width / geometry.Stride.Width);
        _chunk = ChunkOfTiles((long)(used * input.ImageStride * _images));
    }

    /// <summary>How the weights are packed.</summary>
    public QuantizedPanels Panels { get; }

    /// <summary>The limits of the results, and the byte that stands for 0.</summary>
    public (float Low, float High, int ZeroPoint) Limits { get; init; }

    /// <summary>The factor of the residual's bytes.</summary>
    public float ResidualFactor { get; init; }

    /// <summary>What the kernel reads outside the plane; with blocks of 4 it reads an even number of pixels of each row.</summary>
    public static Halo InputHalo(in ConvGeometry geometry, int blockSize) => blockSize == QuantizedPanels.GroupSize && geometry.Kernel.Width % 2 == 1
        ? geometry.InputHalo with { Right = geometry.InputHalo.Right + 1 } : geometry.InputHalo;

    /// <summary>The offset of the weights that a thread reads first.</summary>
    public int FirstWeight(WorkShare share) => SplitsPanels(share) ? Panels.Panels[share.Of(Panels.Panels.Length).Start].Weights : 0;

    /// <summary>Forces the JIT to compile the kernels by calling them with zero tiles.</summary>
    public void PrepareTiles()
    {
        foreach (int run in _tiles.Select(tile => tile.Run).Distinct())
            foreach (int vectors in Panels.Panels.Select(panel => panel.Vectors).Distinct()) _kernels[run, vectors](default, null, 0);
    }

    /// <summary>Computes this thread's part.</summary>
    /// <param name="input">The images.</param>
    /// <param name="weights">Packed weights, and for each channel what its sum starts from, its factor and its shift.</param>
    /// <param name="residual">What to add; null for nothing.</param>
    /// <param name="bytes">Receives the result as bytes; null if <paramref name="floats"/> receives it.</param>
    /// <param name="floats">Receives the result as floats; null if <paramref name="bytes"/> receives it.</param>
    /// <param name="next">The weights that this thread reads next, to prefetch.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(byte* input, in QuantizedFactors weights, byte* residual, byte* bytes, float* floats, sbyte* next, WorkShare share)
    {
        int panels = Panels.Panels.Length, tiles = checked(_images * _tiles.Length);
        bool splitsPanels = SplitsPanels(share);
        (int firstPanel, int endPanel) = splitsPanels ? share.Of(panels) : (0, panels);
        (int firstTile, int endTile) = splitsPanels ? (0, tiles) : share.Of(tiles);
        fixed (int* taps = _taps)
        {
            DotCall call = new()
            {
                Taps = taps,
                Groups = Panels.Groups,
                PixelStride = _pixelStride,
                ResidualFactor = ResidualFactor,
                OutputVectorStride = _output.VectorStride(_kernels.Lanes),
                ResidualVectorStride = _residual.VectorStride(_kernels.Lanes),
                Low = Limits.Low,
                High = Limits.High,
                ZeroPoint = Limits.ZeroPoint,
            };
            for (int tile = firstTile; tile < endTile;)
            {
                int end = Math.Min(endTile, tile + _chunk);
                for (int p = firstPanel; p < endPanel; p++)
                {
                    ref readonly ConvPanel panel = ref Panels.Panels[p];
                    call.TapCount = panel.Blocks * Panels.Taps;
                    call.Weights = weights.Weights + panel.Weights;
                    call.Start = weights.Start + panel.FirstChannel;
                    call.Factor = weights.Factor + panel.FirstChannel;
                    call.Shift = weights.Shift + panel.FirstChannel;
                    call.Prefetch = p + 1 < endPanel ? weights.Weights + Panels.Panels[p + 1].Weights : next;
                    call.PrefetchStep = Sizes.CeilingDivide(panel.Vectors * _kernels.Lanes * 2 * QuantizedPanels.GroupSize, end - tile);
                    RunPanel(ref call, panel, input, residual, bytes, floats, tile, end);
                }
                tile = end;
            }
        }
    }

    /// <summary>Computes one panel's tiles, numbered consecutively across all images.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunPanel(ref DotCall call, in ConvPanel panel, byte* input, byte* residual, byte* bytes, float* floats, int tile, int endTile)
    {
        nint perTile = call.TapCount * (call.Groups / 2) * call.PrefetchStep;
        fixed (DotTile* tiles = _tiles)
        {
            while (tile < endTile)
            {
                (int image, int first) = Math.DivRem(tile, _tiles.Length);
                int end = Math.Min(_tiles.Length, first + endTile - tile);
                nint output = image * (nint)_output.ImageStride + _output.ChannelOffset(panel.FirstChannel);
                call.Input = input + image * (nint)_input.ImageStride + panel.FirstBlock * (nint)_input.PlaneStride;
                call.Bytes = bytes == null ? null : bytes + output;
                call.Floats = floats == null ? null : floats + output;
                call.Residual = residual == null ? null
                    : residual + image * (nint)_residual.ImageStride + _residual.ChannelOffset(panel.FirstChannel);
                for (int i = first; i < end;)
                {
                    int same = i + 1;
                    while (same < end && tiles[same].Run == tiles[i].Run) same++;
                    _kernels[tiles[i].Run, panel.Vectors](call, tiles + i, same - i);
                    call.Prefetch += (same - i) * perTile;
                    i = same;
                }
                tile += end - first;
            }
        }
    }

    /// <summary>The number of tiles that go through all panels before the next ones: as in BlockedConv.</summary>
    private int ChunkOfTiles(long inputBytes)
    {
        int tiles = _images * _tiles.Length, chunks = (int)Math.Min(tiles, Sizes.CeilingDivide(inputBytes, ResidentBytes));
        long chunked = (long)chunks * Panels.WeightLength + inputBytes, whole = Panels.WeightLength + inputBytes * Panels.Panels.Length;
        return chunks <= 1 || whole <= chunked ? tiles : Sizes.CeilingDivide(tiles, chunks);
    }

    private bool SplitsPanels(WorkShare share)
    {
        if (share.Threads == 1) return true;
        double panels = share.Imbalance(Panels.Panels.Length), tiles = share.Imbalance(_images * _tiles.Length);
        return Panels.WeightLength > ManyWeights ? panels <= 1.1 * tiles : panels * 1.1 < tiles;
    }

    private static DotTile[] Tiles(in ConvGeometry geometry, int longestRun, BlockedLayout input, BlockedLayout output, BlockedLayout residual)
    {
        int[] runs = TileList.Cut(geometry.Output.Width, longestRun, alone: false);
        DotTile[] tiles = GC.AllocateUninitializedArray<DotTile>(geometry.Output.Height * runs.Length, pinned: true);
        int t = 0;
        for (int row = 0; row < geometry.Output.Height; row++)
        {
            int column = 0;
            foreach (int run in runs)
            {
                int x = input.Offset(row * geometry.Stride.Height - geometry.Padding.Top, column * geometry.Stride.Width - geometry.Padding.Left);
                tiles[t++] = new DotTile(run, x, output.Offset(row, column), residual.Offset(row, column));
                column += run;
            }
        }
        return tiles;
    }

    private static int[] Taps(in ConvGeometry geometry, BlockedLayout input, QuantizedPanels panels)
    {
        int columns = panels.Taps / geometry.Kernel.Height;
        int[] taps = GC.AllocateUninitializedArray<int>(input.Blocks * panels.Taps, pinned: true);
        int t = 0;
        for (int block = 0; block < input.Blocks; block++)
        {
            for (int kh = 0; kh < geometry.Kernel.Height; kh++)
            {
                for (int kw = 0; kw < columns; kw++)
                    taps[t++] = checked(block * input.PlaneStride + kh * geometry.Dilation.Height * input.RowStride + kw * geometry.Dilation.Width * input.BlockSize);
            }
        }
        return taps;
    }
}
