using ResNetManaged.Kernels.Convolution.Direct;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Kernels.Tiles;

namespace ResNetManaged.Kernels.Convolution.Stem;

/// <summary>
/// The stem of ImageNet networks, 7 x 7 with stride 2 on few channels, by minimal filtering along the rows: <see cref="StemTransform"/>.
/// </summary>
/// <remarks>
/// Output rows are computed in bands. <see cref="StemInput{TSimd, TVector}"/> stores a band's input column by column,
/// <c>[channel][column][32 rows]</c>: vectors run along the rows, so the transform of a tile's columns is the same for all of them and gives
/// <c>V[phase][channel][point][tile][32 rows]</c>. For each output row and point, <see cref="StemProducts{TSimd, TVector}"/> sums over phases,
/// channels and the 7 rows of the kernel with the register tiles of <see cref="BlockedConv{TSimd, TVector}"/>;
/// <see cref="StemOutput{TSimd, TVector}"/> transforms the sums back. Unlike <c>BlockedConv</c>, the stem reads the caller's images as they are. If
/// max pooling follows, <see cref="StemPool{TSimd, TVector}"/> stores the pooled rows only.
/// </remarks>
internal sealed unsafe class StemConv<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly StemSizes _sizes;
    private readonly BlockedLayout _output;
    private readonly StemInput<TSimd, TVector> _input;
    private readonly StemProducts<TSimd, TVector> _products;
    private readonly StemOutput<TSimd, TVector> _rows;
    private readonly StemPool<TSimd, TVector>? _pool;

    /// <summary>Prepares a convolution that <see cref="StemTransform.Handles"/>.</summary>
    /// <param name="geometry">All sizes.</param>
    /// <param name="pool">The max pooling of its output, without dilation; null if there is none.</param>
    /// <param name="output">The layout of the output, or of the pooled output.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    public StemConv(in ConvGeometry geometry, PoolGeometry? pool, BlockedLayout output, bool relu)
    {
        _sizes = new StemSizes(geometry);
        _output = output;
        _input = new StemInput<TSimd, TVector>(_sizes);
        _products = new StemProducts<TSimd, TVector>(_sizes);
        _rows = new StemOutput<TSimd, TVector>(_sizes, _products.SumsStride, relu);
        if (pool is { } windows) _pool = new StemPool<TSimd, TVector>(_sizes, windows, output);
    }

    /// <summary>How the weights of each point are packed.</summary>
    public ConvPanels Panels => _products.Panels;

    /// <summary>Floats of all points' weights.</summary>
    public int WeightLength => StemTransform.Points * Panels.WeightLength;

    /// <summary>Floats of scratch for that many threads.</summary>
    public int ScratchLength(int threads) => checked(threads
        * (_sizes.ColumnsLength + _sizes.PointsLength + _products.SumsLength + (_pool?.ScratchLength ?? 0) + ThreadScratch.Gap));

    /// <summary>Transforms and packs weights.</summary>
    /// <param name="weight">OIHW.</param>
    /// <param name="scale">A factor for each output channel's weights.</param>
    /// <param name="packed">Receives <see cref="WeightLength"/> floats.</param>
    public void Pack(ReadOnlySpan<float> weight, ReadOnlySpan<double> scale, Span<float> packed) =>
        StemWeights.Pack(_sizes.Geometry, Panels, weight, scale, packed);

    /// <summary>Forces the JIT to compile the tile kernels by calling them with zero tiles.</summary>
    public void PrepareTiles() => _products.Prepare();

    /// <summary>Computes this thread's rows.</summary>
    /// <param name="input">The images, NCHW.</param>
    /// <param name="weights">Packed weights.</param>
    /// <param name="bias">A bias for each output channel, in whole blocks.</param>
    /// <param name="output">Receives the result.</param>
    /// <param name="scratch">Memory that all threads share.</param>
    /// <param name="next">The weights that this thread reads next, to prefetch.</param>
    /// <param name="share">This thread's part.</param>
    public void Run(float* input, float* weights, float* bias, float* output, float* scratch, float* next, WorkShare share)
    {
        int height = _output.Size.Height;
        (int row, int end) = share.Of(_sizes.Geometry.Batch * height);
        if (row == end) return;
        float* columns = scratch + (nint)share.Thread * ScratchLength(1), points = columns + _sizes.ColumnsLength, sums = points + _sizes.PointsLength;
        float* kept = sums + _products.SumsLength;
        while (row < end)
        {
            (int image, int first) = Math.DivRem(row, height);
            int last = Math.Min(height, first + end - row);
            row += last - first;
            float* pixels = input + (nint)image * _sizes.Geometry.InChannels * _sizes.Geometry.Input.Area;
            float* result = output + (nint)image * _output.ImageStride;
            int band = 0, endBand = 0, computed = 0; // rows of the convolution
            for (int r = first; r < last; r++)
            {
                float* target = result + _output.Offset(r, 0);
                (int start, int stop) = _pool is null ? (r, r + 1) : _pool.Rows(r);
                for (int i = Math.Max(start, computed); i < stop; i++)
                {
                    if (i >= endBand)
                    {
                        (band, endBand) = (i, i + StemSizes.BandRows);
                        _input.Run(pixels, band, columns, points);
                    }
                    _products.Run(points + (i - band) * StemTransform.Stride, weights, sums, next);
                    if (_pool is null) _rows.Run(sums, bias, target, _output.PlaneStride);
                    else _rows.Run(sums, bias, _pool.Row(kept, i), _pool.BlockStride);
                }
                computed = stop;
                _pool?.Run(kept, start, stop, target);
            }
        }
    }
}
