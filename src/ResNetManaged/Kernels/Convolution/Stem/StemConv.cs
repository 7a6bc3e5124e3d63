using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Convolution.Direct;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Kernels.Tiles;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Convolution.Stem;

/// <summary>The stem of ImageNet's networks, 7 x 7 with stride 2 on few channels, by minimal filtering along the rows: <see cref="StemTransform"/>.</summary>
/// <remarks>
/// Output rows are computed in bands. A band's input is laid down column by column, <c>[channel][column][32 rows]</c>; vectors run along the rows, so
/// that the transform of a tile's columns is the same for all of them: <c>V[phase][channel][point][tile][32 rows]</c>. For each output row and
/// point, a product of matrices then sums over phases, channels and the 7 rows of the kernel, with the register tiles of
/// <see cref="BlockedConv{TSimd, TVector}"/>. Unlike that, it reads the caller's images as they are. Where a max-pooling follows, only the rows that a
/// window spans are kept, and the pooled rows are stored.
/// </remarks>
internal sealed unsafe class StemConv<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int Rows = 32; // of the input in a band; the tile kernel has pixels 32 floats apart
    private const int BandRows = (Rows - StemTransform.Kernel) / StemTransform.Stride + 1;
    private const int Phases = 2, EvenAloneFrom = StemTransform.Points - 1;

    private readonly ConvGeometry _geometry;
    private readonly PoolGeometry? _pool;
    private readonly BlockedLayout _output;
    private readonly ConvPanels _panels;
    private readonly TileList _tileList;
    private readonly nint[][] _kernels; // by vectors - 1 and range
    private readonly int[] _taps; // pinned
    private readonly int _tiles, _columns;
    private readonly bool _relu;

    /// <summary>Prepares a convolution that <see cref="StemTransform.Handles"/>.</summary>
    /// <param name="geometry">All sizes.</param>
    /// <param name="pool">The max-pooling of its output, without dilation; null for none.</param>
    /// <param name="output">The layout of the output, or of the pooled output.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    public StemConv(in ConvGeometry geometry, PoolGeometry? pool, BlockedLayout output, bool relu)
    {
        (_geometry, _pool, _output, _relu) = (geometry, pool, output, relu);
        _panels = new ConvPanels(PointGeometry(geometry), blockSize: 1, TSimd.Lanes);
        _tiles = Sizes.CeilingDivide(geometry.Output.Width, StemTransform.Outputs);
        _columns = StemTransform.Stride * (StemTransform.Outputs * _tiles - 1) + StemTransform.Kernel;
        _tileList = TileList.Cover(new Size2D(1, _tiles), TileKernels<TSimd, TVector>.LongestRun, runsGoDown: false,
            (_, tile) => (tile * Rows, tile * ChannelBlock.Size, 0));
        _taps = GC.AllocateUninitializedArray<int>(Phases * geometry.InChannels, pinned: true);
        for (int i = 0; i < _taps.Length; i++) _taps[i] = i * StemTransform.Points * _tiles * Rows;
        _kernels = [Kernels(vectors: 1), Kernels(vectors: 2)];
    }

    /// <summary>How the weights of each point are packed.</summary>
    public ConvPanels Panels => _panels;

    /// <summary>Floats of all points' weights.</summary>
    public int WeightLength => StemTransform.Points * _panels.WeightLength;

    /// <summary>Floats of scratch for so many threads.</summary>
    public int ScratchLength(int threads) => checked(threads * (ColumnsLength + PointsLength + SumsLength + KeptLength + ThreadScratch.Gap));

    private int ColumnsLength => _geometry.InChannels * _columns * Rows;

    private int PointsLength => Phases * _geometry.InChannels * StemTransform.Points * _tiles * Rows;

    private int SumsLength => StemTransform.Points * SumsStride;

    /// <summary>Rows that wait for their windows, each <c>[channel block][column][16]</c>, and one row of maxima.</summary>
    private int KeptLength => _pool is { } pool ? pool.Kernel.Height * RowLength + RowStride : 0;

    private int RowLength => _output.Blocks * RowStride;

    private int RowStride => StemTransform.Outputs * _tiles * ChannelBlock.Size;

    private int SumsStride => _output.Blocks * _tiles * ChannelBlock.Size;

    /// <summary>Transforms and packs weights.</summary>
    /// <param name="weight">OIHW.</param>
    /// <param name="scale">What each output channel's weights are multiplied by.</param>
    /// <param name="packed">Receives <see cref="WeightLength"/> floats.</param>
    public void Pack(ReadOnlySpan<float> weight, ReadOnlySpan<double> scale, Span<float> packed)
    {
        Check.Length("Stem weights", nameof(weight), weight.Length, _geometry.WeightLength);
        Check.Length("Stem weights", nameof(packed), packed.Length, WeightLength);
        ConvGeometry point = PointGeometry(_geometry);
        double[] ones = new double[_geometry.OutChannels];
        Array.Fill(ones, 1);
        float[] transformed = new float[point.WeightLength]; // [out channel][phase][channel][kernel row]
        for (int p = 0; p < StemTransform.Points; p++)
        {
            for (int i = 0; i < transformed.Length; i++) transformed[i] = (float)Transformed(weight, scale, p, i);
            _panels.Pack(point, transformed, ones, packed.Slice(p * _panels.WeightLength, _panels.WeightLength));
        }
    }

    /// <summary>Has the tile kernels compiled, by calling them for no tile.</summary>
    public void PrepareTiles()
    {
        foreach (int vectors in _panels.Panels.Select(panel => panel.Vectors).Distinct())
            foreach (nint kernel in _kernels[vectors - 1]) ((delegate*<in TileCall, Tile*, int, void>)kernel)(default, null, 0);
    }

    /// <summary>Computes this thread's rows.</summary>
    /// <param name="input">The images, NCHW.</param>
    /// <param name="weights">Packed weights.</param>
    /// <param name="bias">A bias for each output channel of the blocks.</param>
    /// <param name="output">Receives the result.</param>
    /// <param name="scratch">Memory that all threads share.</param>
    /// <param name="next">The weights that this thread needs afterwards, to prefetch.</param>
    /// <param name="share">Which part.</param>
    public void Run(float* input, float* weights, float* bias, float* output, float* scratch, float* next, WorkShare share)
    {
        int height = _output.Size.Height;
        (int row, int end) = share.Of(_geometry.Batch * height);
        if (row == end) return;
        float* columns = scratch + (nint)share.Thread * ScratchLength(1), points = columns + ColumnsLength, sums = points + PointsLength;
        float* kept = sums + SumsLength;
        while (row < end)
        {
            (int image, int first) = Math.DivRem(row, height);
            int last = Math.Min(height, first + end - row);
            row += last - first;
            float* pixels = input + (nint)image * _geometry.InChannels * _geometry.Input.Area, result = output + (nint)image * _output.ImageStride;
            int band = 0, endBand = 0, computed = 0; // rows of the convolution
            for (int r = first; r < last; r++)
            {
                (int start, int stop) = WindowOf(r);
                for (int i = Math.Max(start, computed); i < stop; i++)
                {
                    if (i >= endBand)
                    {
                        (band, endBand) = (i, i + BandRows);
                        LayDown(pixels, band, columns);
                        Transform(columns, points);
                    }
                    Multiply(points + (i - band) * StemTransform.Stride, weights, sums, next);
                    if (_pool is { } p) Finish(sums, bias, kept + i % p.Kernel.Height * RowLength, RowStride);
                    else Finish(sums, bias, result + _output.Offset(r, 0), _output.PlaneStride);
                }
                computed = stop;
                if (_pool is { } pool) Pool(pool, kept, start, stop, result + _output.Offset(r, 0));
            }
        }
    }

    /// <summary>The rows of the convolution that an output row needs: itself, or those of its window.</summary>
    private (int Start, int End) WindowOf(int row)
    {
        if (_pool is not { } pool) return (row, row + 1);
        int start = row * pool.Stride.Height - pool.Padding.Top;
        return (Math.Max(0, start), Math.Min(_geometry.Output.Height, start + pool.Kernel.Height));
    }

    /// <summary>One pooled row: first the maximum of the kept rows, column by column, then of each window's columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pool(in PoolGeometry pool, float* kept, int start, int end, float* output)
    {
        float* maxima = kept + pool.Kernel.Height * RowLength;
        int width = _geometry.Output.Width * ChannelBlock.Size;
        for (int block = 0; block < _output.Blocks; block++, kept += RowStride, output += _output.PlaneStride)
        {
            for (int i = 0; i < width; i += TSimd.Lanes)
            {
                TVector maximum = TSimd.Load(kept + start % pool.Kernel.Height * RowLength + i);
                for (int row = start + 1; row < end; row++) maximum = TSimd.Max(maximum, TSimd.Load(kept + row % pool.Kernel.Height * RowLength + i));
                TSimd.Store(maximum, maxima + i);
            }
            float* result = output;
            for (int column = 0; column < pool.Output.Width; column++, result += ChannelBlock.Size)
            {
                int left = column * pool.Stride.Width - pool.Padding.Left;
                int first = Math.Max(0, left), last = Math.Min(_geometry.Output.Width, left + pool.Kernel.Width);
                for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
                {
                    float* pixel = maxima + first * ChannelBlock.Size + lane;
                    TVector maximum = TSimd.Load(pixel);
                    for (int w = first + 1; w < last; w++)
                    {
                        pixel += ChannelBlock.Size;
                        maximum = TSimd.Max(maximum, TSimd.Load(pixel));
                    }
                    TSimd.Store(maximum, result + lane);
                }
            }
        }
    }

    /// <summary>The band's pixels column by column, with zeros for padding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LayDown(float* image, int firstRow, float* columns)
    {
        (int height, int width) = _geometry.Input;
        int top = firstRow * StemTransform.Stride - _geometry.Padding.Top, left = _geometry.Padding.Left;
        int firstInside = Math.Clamp(-top, 0, Rows), endInside = Math.Clamp(height - top, firstInside, Rows), inside = Math.Min(width, _columns - left);
        for (int channel = 0; channel < _geometry.InChannels; channel++, image += height * width, columns += _columns * Rows)
        {
            new Span<float>(columns, left * Rows).Clear();
            new Span<float>(columns + (left + inside) * Rows, (_columns - left - inside) * Rows).Clear();
            for (int r = 0; r < Rows; r++)
            {
                float* target = columns + left * Rows + r, source = image + (nint)(top + r) * width;
                if (r < firstInside || r >= endInside)
                    for (int i = 0; i < inside; i++, target += Rows) *target = 0;
                else
                    for (int i = 0; i < inside; i++, target += Rows) *target = source[i];
            }
        }
    }

    /// <summary>B^T of every tile, all rows of the band at once.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Transform(float* columns, float* points)
    {
        float* memory = stackalloc float[(StemTransform.Points - 1) * TSimd.Lanes + CacheLine.Floats], scratch = CacheLine.Align(memory);
        nint pixel = StemTransform.Stride * Rows, tile = StemTransform.Outputs * pixel, point = _tiles * Rows, channel = StemTransform.Points * point;
        for (int c = 0; c < _geometry.InChannels; c++, points += channel)
        {
            float* even = columns + (nint)c * _columns * Rows, odd = even + Rows, evenPoints = points, oddPoints = points + _geometry.InChannels * channel;
            for (int i = 0; i < _tiles; i++, even += tile, odd += tile, evenPoints += Rows, oddPoints += Rows)
            {
                for (int lane = 0; lane < Rows; lane += TSimd.Lanes)
                {
                    StemTransform.TransformEven<TSimd, TVector>(even + lane, pixel, evenPoints + lane, point, scratch);
                    StemTransform.TransformOdd<TSimd, TVector>(odd + lane, pixel, oddPoints + lane, point);
                }
            }
        }
    }

    /// <summary>The sums of products of one output row, at each point.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(float* points, float* weights, float* sums, float* next)
    {
        int blockStride = _tiles * ChannelBlock.Size;
        fixed (int* taps = _taps)
        {
            TileCall call = new()
            {
                Taps = taps,
                Depth = StemTransform.Kernel,
                OutputVectorStride = TSimd.Lanes < ChannelBlock.Size ? TSimd.Lanes : blockStride,
                Prefetch = (byte*)next,
            };
            for (int p = 0; p < StemTransform.Points; p++)
            {
                call.Input = points + p * _tiles * Rows;
                foreach (ref readonly ConvPanel panel in _panels.Panels.AsSpan())
                {
                    call.TapCount = p < EvenAloneFrom ? panel.Blocks : panel.Blocks / Phases; // the even phase comes first
                    call.Weights = weights + p * _panels.WeightLength + panel.Weights;
                    call.Output = sums + p * SumsStride + panel.FirstChannel / ChannelBlock.Size * blockStride + panel.FirstChannel % ChannelBlock.Size;
                    for (int i = 0; i < _tileList.Ranges.Length; i++)
                    {
                        TileRange range = _tileList.Ranges[i];
                        ((delegate*<in TileCall, Tile*, int, void>)_kernels[panel.Vectors - 1][i])(call, _tileList.Tiles + range.Start, range.Count);
                    }
                }
            }
        }
    }

    /// <summary>A^T of one output row, with bias and ReLU: A^T = [1 1 1 1 1 0 1; 0 1 -1 2 -2 0 1/2; 0 1 1 4 4 0 1/4; 0 1 -1 8 -8 1 1/8].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Finish(float* sums, float* bias, float* output, nint blockStride)
    {
        int stride = SumsStride, width = _geometry.Output.Width;
        for (int block = 0; block < _output.Blocks; block++, output += blockStride)
        {
            for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
            {
                TVector start = TSimd.Load(bias + block * ChannelBlock.Size + lane);
                float* m = sums + block * _tiles * ChannelBlock.Size + lane, y = output + lane;
                for (int column = 0; column < width; column += StemTransform.Outputs, m += ChannelBlock.Size)
                {
                    TVector m1 = TSimd.Load(m + stride), m2 = TSimd.Load(m + 2 * stride), m3 = TSimd.Load(m + 3 * stride), m4 = TSimd.Load(m + 4 * stride);
                    TVector half = TSimd.Load(m + 6 * stride);
                    TVector sum1 = TSimd.Add(m1, m2), difference1 = TSimd.Subtract(m1, m2), sum2 = TSimd.Add(m3, m4), difference2 = TSimd.Subtract(m3, m4);
                    Store(TSimd.Add(TSimd.Add(TSimd.Load(m), sum1), TSimd.Add(sum2, half)), start, y);
                    int left = width - column;
                    y += ChannelBlock.Size;
                    if (left > 1) Store(TSimd.MultiplyAdd(TSimd.Create(2f), difference2, TSimd.MultiplyAdd(TSimd.Create(0.5f), half, difference1)), start, y);
                    y += ChannelBlock.Size;
                    if (left > 2) Store(TSimd.MultiplyAdd(TSimd.Create(4f), sum2, TSimd.MultiplyAdd(TSimd.Create(0.25f), half, sum1)), start, y);
                    y += ChannelBlock.Size;
                    if (left > 3)
                    {
                        TVector infinity = TSimd.Add(TSimd.Load(m + 5 * stride), difference1);
                        Store(TSimd.MultiplyAdd(TSimd.Create(8f), difference2, TSimd.MultiplyAdd(TSimd.Create(0.125f), half, infinity)), start, y);
                    }
                    y += ChannelBlock.Size;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Store(TVector value, TVector bias, float* pixel)
    {
        value = TSimd.Add(value, bias);
        TSimd.Store(_relu ? TSimd.Relu(value) : value, pixel);
    }

    /// <summary>Element i of a point's weights, <c>[out channel][phase][channel][kernel row]</c>.</summary>
    private double Transformed(ReadOnlySpan<float> weight, ReadOnlySpan<double> scale, int point, int i)
    {
        (int rest, int row) = Math.DivRem(i, StemTransform.Kernel);
        (rest, int channel) = Math.DivRem(rest, _geometry.InChannels);
        (int outChannel, int phase) = Math.DivRem(rest, Phases);
        if (point >= StemTransform.PointsOf(phase)) return 0;
        ReadOnlySpan<float> kernel = weight.Slice(((outChannel * _geometry.InChannels + channel) * StemTransform.Kernel + row) * StemTransform.Kernel,
            StemTransform.Kernel);
        double[,] matrix = KernelMatrices[phase];
        double sum = 0;
        for (int tap = 0; tap < StemTransform.Taps(phase); tap++) sum += matrix[point, tap] * kernel[StemTransform.Stride * tap + phase];
        return sum * scale[outChannel];
    }

    private static readonly double[][,] KernelMatrices = [StemTransform.KernelMatrix(0), StemTransform.KernelMatrix(1)];

    /// <summary>What each point's product looks like: a row of 7 products for each phase and channel.</summary>
    private static ConvGeometry PointGeometry(in ConvGeometry geometry) =>
        new(1, Phases * geometry.InChannels, (1, StemTransform.Kernel), geometry.OutChannels, (1, StemTransform.Kernel), 1, 0, 1, groups: 1);

    private nint[] Kernels(int vectors) => Array.ConvertAll(_tileList.Ranges,
        range => (nint)TileKernels<TSimd, TVector>.Get(range.Run, range.Paired, vectors, Rows));
}
