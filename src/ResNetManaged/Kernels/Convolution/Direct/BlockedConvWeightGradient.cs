using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Kernels.Tiles;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Convolution.Direct;

/// <summary>
/// The gradient of a convolution's weights on blocked activations, directly from the definition: any kernel, stride, dilation and groups.
/// </summary>
/// <remarks>
/// dW[o, i, kh, kw] = sum over images and output pixels p of dY[o, p] X[i, stride p + dilation (kh, kw) - padding]. For each pair of a panel of
/// output channels and a block of input channels, <see cref="WeightTileKernel{TSimd, TVector, TFirst, TSecond, TVectors}"/> sums a chunk of pixels in
/// registers and adds it to the pair's sums; the order of the chunks is fixed. Threads divide the pairs or, if the weights are few, parts of the
/// batch (<see cref="GradientParts"/>).
/// </remarks>
internal sealed unsafe class BlockedConvWeightGradient<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    // Bytes of both activations in a pass over all pairs: they stay in the second-level cache.
    private const int ResidentBytes = 400 << 10;

    // A pass reads and writes the sums of all pairs, so it should read this many times as many bytes of the activations.
    private const int BytesPerSum = 4;

    private readonly ConvGeometry _geometry;
    private readonly BlockedLayout _input, _gradient;
    private readonly ConvPanels _panels;
    private readonly (int Panel, int Block)[] _pairs;
    private readonly PixelChunk[] _chunks;
    private readonly WeightTileTable<TSimd, TVector> _tiles;
    private readonly int _parts, _passChunks, _pairLength;

    /// <summary>Prepares a gradient.</summary>
    /// <param name="geometry">All sizes of the convolution. Blocks of 1 need a dilation of 1 along the width and one group.</param>
    /// <param name="input">The layout of its input; its halo contains everything the kernel reads outside the plane.</param>
    /// <param name="gradient">The layout of the gradient of its output, in blocks of 16; its halo is not read.</param>
    public BlockedConvWeightGradient(in ConvGeometry geometry, BlockedLayout input, BlockedLayout gradient)
    {
        (_geometry, _input, _gradient) = (geometry, input, gradient);
        _panels = new ConvPanels(geometry, input.BlockSize, TSimd.Lanes);
        _pairs = [.. _panels.Panels.SelectMany((panel, p) => Enumerable.Range(panel.FirstBlock, panel.Blocks).Select(block => (p, block)))];
        _chunks = PixelChunk.Cut(geometry.Batch, geometry.Output);
        _parts = GradientParts.Count(geometry.WeightLength, _chunks.Length);
        int[] taps = BlockedConv<TSimd, TVector>.Taps(geometry, input)[.._panels.TapsPerBlock];
        _tiles = new WeightTileTable<TSimd, TVector>(taps, _panels.Depth);
        _pairLength = _panels.TapsPerBlock * _panels.Depth * 2 * TSimd.Lanes;
        long chunkBytes = sizeof(float) * (long)geometry.Batch * (input.ImageStride + gradient.ImageStride) / Math.Max(1, _chunks.Length);
        long passBytes = Math.Max(ResidentBytes, BytesPerSum * sizeof(float) * (long)geometry.WeightLength);
        _passChunks = (int)Math.Clamp(passBytes / Math.Max(1, chunkBytes), 1, Math.Max(1, _chunks.Length));
    }

    /// <summary>Whether <see cref="Finish"/> must follow <see cref="Run"/>.</summary>
    public bool HasParts => _parts > 1;

    /// <summary>Floats of scratch for that many threads.</summary>
    public int ScratchLength(int threads) => checked(PartialLength + threads * (SumsLength(threads) + ThreadScratch.Gap));

    private int PartialStride => Sizes.RoundUp(_geometry.WeightLength, ChannelBlock.Size);

    private int PartialLength => HasParts ? checked(_parts * PartialStride) : 0;

    /// <summary>Forces the JIT to compile the kernels by calling them with zero pixels.</summary>
    public void Prepare() => _tiles.Prepare(_panels);

    /// <summary>Computes this thread's part; all threads call it with the same arguments.</summary>
    /// <param name="input">The convolution's input.</param>
    /// <param name="gradient">The gradient of its output.</param>
    /// <param name="weightGradient">Receives the gradient of its weights, OIHW, here or in <see cref="Finish"/>.</param>
    /// <param name="accumulate">Whether to add to what it holds.</param>
    /// <param name="scratch">Memory that all threads share.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* input, float* gradient, float* weightGradient, bool accumulate, float* scratch, WorkShare share)
    {
        float* sums = scratch + PartialLength + (nint)share.Thread * (SumsLength(share.Threads) + ThreadScratch.Gap);
        (int item, int end) = share.Of(_parts * _pairs.Length);
        while (item < end)
        {
            (int part, int pair) = Math.DivRem(item, _pairs.Length);
            int endPair = Math.Min(_pairs.Length, pair + end - item);
            RunPart(part, pair, endPair, input, gradient, HasParts ? scratch + (nint)part * PartialStride : weightGradient, accumulate && !HasParts, sums);
            item += endPair - pair;
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

    /// <summary>Computes some pairs of one part: passes over some chunks, each pair by pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunPart(int part, int firstPair, int endPair, float* input, float* gradient, float* result, bool accumulate, float* sums)
    {
        (int firstChunk, int endChunk) = GradientParts.Of(part, _parts, _chunks.Length);
        bool onePass = endChunk - firstChunk <= _passChunks;
        new Span<float>(sums, onePass ? 0 : checked((endPair - firstPair) * _pairLength)).Clear();
        for (int chunk = firstChunk; chunk < endChunk || chunk == firstChunk; chunk += _passChunks)
        {
            int end = Math.Min(endChunk, chunk + _passChunks);
            for (int p = firstPair; p < endPair; p++)
            {
                (int panelIndex, int block) = _pairs[p];
                ref readonly ConvPanel panel = ref _panels.Panels[panelIndex];
                float* place = onePass ? sums : sums + (nint)(p - firstPair) * _pairLength;
                if (onePass) new Span<float>(place, _pairLength).Clear();
                for (int c = chunk; c < end; c++)
                {
                    Ahead ahead = onePass
                        ? AheadInPass(_chunks[c], p + 1 < endPair ? _pairs[p + 1].Block : block, input)
                        : AheadOfPass(_chunks[Math.Min(c + _passChunks, endChunk - 1)], p, firstPair, endPair, input, gradient);
                    float* x = input + (nint)block * _input.PlaneStride, dy = gradient + _gradient.ChannelOffset(panel.FirstChannel);
                    Add(_chunks[c], panel.Vectors, x, dy, place, ahead);
                }
                if (end >= endChunk) WeightSums.Write(_geometry, _panels, panel, block, place, result, accumulate);
            }
        }
    }

    /// <summary>Adds one chunk's products to a pair's sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add(in PixelChunk chunk, int vectors, float* input, float* gradient, float* sums, in Ahead ahead)
    {
        Size2D stride = _geometry.Stride;
        Padding2D padding = _geometry.Padding;
        WeightTileCall call = new()
        {
            Images = chunk.Images,
            Rows = chunk.Rows,
            Pixels = _geometry.Output.Width,
            InputImageStride = _input.ImageStride,
            InputRowStride = (nint)stride.Height * _input.RowStride,
            InputPixelStride = (nint)stride.Width * _input.BlockSize,
            GradientImageStride = _gradient.ImageStride,
            GradientRowStride = _gradient.RowStride,
            GradientVectorStride = _gradient.VectorStride(TSimd.Lanes),
        };
        input += chunk.Image * (nint)_input.ImageStride + _input.Offset(chunk.Row * stride.Height - padding.Top, -padding.Left);
        gradient += chunk.Image * (nint)_gradient.ImageStride + _gradient.Offset(chunk.Row, 0);
        WeightTile[] tiles = _tiles.Tiles(vectors);
        WeightTileFunction[] kernels = _tiles.Kernels(vectors);
        for (int t = 0; t < tiles.Length; t++)
        {
            ref readonly WeightTile tile = ref tiles[t];
            ahead.Fetch(ref call, t, tiles.Length);
            kernels[t](call, input + tile.Offset0, input + tile.Offset1, gradient, sums + tile.Row * vectors * TSimd.Lanes);
        }
    }

    /// <summary>Within a pass: the whole block of the next pair's input. The panel's gradient is already in the cache.</summary>
    private Ahead AheadInPass(in PixelChunk chunk, int block, float* input)
    {
        return new Ahead((byte*)InputRows(chunk, block, input), InputRowBytes(chunk), (nint)_input.ImageStride * sizeof(float), null, 0, 0);
    }

    /// <summary>For the next pass: what a pair needs, divided among the pairs that need it.</summary>
    private Ahead AheadOfPass(in PixelChunk chunk, int pair, int firstPair, int endPair, float* input, float* gradient)
    {
        (int panelIndex, int block) = _pairs[pair];
        ConvPanel panel = _panels.Panels[panelIndex];
        int firstPanel = _pairs[firstPair].Panel, panels = _pairs[endPair - 1].Panel - firstPanel + 1;
        nint part = InputRowBytes(chunk) / panels, rows = (nint)chunk.Rows * _gradient.RowStride * sizeof(float) * 2 / panel.Blocks;
        float* gradientStart = gradient + chunk.Image * (nint)_gradient.ImageStride + _gradient.ChannelOffset(panel.FirstChannel)
            + _gradient.Offset(chunk.Row, 0);
        return new Ahead((byte*)InputRows(chunk, block, input) + part * (panelIndex - firstPanel), part, (nint)_input.ImageStride * sizeof(float),
            (byte*)gradientStart + rows * (block - panel.FirstBlock), rows, (nint)_gradient.ImageStride * sizeof(float));
    }

    /// <summary>The rows of one block in which a chunk's windows start, in its first image.</summary>
    private float* InputRows(in PixelChunk chunk, int block, float* input) => input + chunk.Image * (nint)_input.ImageStride
        + (nint)block * _input.PlaneStride + _input.Offset(chunk.Row * _geometry.Stride.Height - _geometry.Padding.Top, -_geometry.Padding.Left);

    private nint InputRowBytes(in PixelChunk chunk) => (nint)chunk.Rows * _geometry.Stride.Height * _input.RowStride * sizeof(float);

    /// <summary>Floats of one thread's sums: of one pair, or of all the pairs of a part that the thread computes.</summary>
    private int SumsLength(int threads)
    {
        int items = _parts * _pairs.Length, most = Sizes.CeilingDivide(_chunks.Length, _parts);
        return checked(_pairLength * (most <= _passChunks ? 1 : Math.Min(_pairs.Length, Sizes.CeilingDivide(items, threads))));
    }

    /// <summary>
    /// Memory that register tiles prefetch while they compute: the first half of the tiles from the input, the others from the gradient.
    /// </summary>
    private readonly struct Ahead(byte* input, nint inputBytes, nint inputImageStride, byte* gradient, nint gradientBytes, nint gradientImageStride)
    {
        /// <summary>Assigns one tile its part.</summary>
        public void Fetch(ref WeightTileCall call, int tile, int tiles)
        {
            int half = gradient == null || tiles == 1 ? tiles : tiles / 2;
            bool first = tile < half;
            int index = first ? tile : tile - half, count = first ? half : tiles - half;
            nint bytes = (first ? inputBytes : gradientBytes) / count;
            call.Prefetch = (first ? input : gradient) + bytes * index;
            call.PrefetchImageStride = first ? inputImageStride : gradientImageStride;
            call.PrefetchStep = (nint)Sizes.CeilingDivide(bytes, (nint)call.Rows * call.Pixels);
        }
    }
}
