using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Tiles;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Convolution.Stem;

/// <summary>The stem's second stage: for one output row, at each point, the sum over phases, channels and the 7 rows of the kernel.</summary>
internal sealed unsafe class StemProducts<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int EvenAloneFrom = StemTransform.Points - 1;

    private readonly StemSizes _sizes;
    private readonly TileList _tileList;
    private readonly TileTable _kernels;
    private readonly int[] _taps; // pinned

    /// <summary>Prepares the products.</summary>
    public StemProducts(StemSizes sizes)
    {
        _sizes = sizes;
        int channels = sizes.Geometry.InChannels, tapStride = StemTransform.Points * sizes.Tiles * StemSizes.Rows;
        Panels = new ConvPanels(StemSizes.PointGeometry(sizes.Geometry), blockSize: 1, TSimd.Lanes);
        _tileList = TileList.Cover(new Size2D(1, sizes.Tiles), TileKernels<TSimd, TVector>.LongestRun, runsGoDown: false,
            (_, tile) => (tile * StemSizes.Rows, tile * ChannelBlock.Size, 0));
        _taps = GC.AllocateUninitializedArray<int>(StemSizes.Phases * channels, pinned: true);
        for (int i = 0; i < _taps.Length; i++) _taps[i] = i * tapStride;
        _kernels = TileTable.For<TSimd, TVector>(_tileList, StemSizes.Rows);
    }

    /// <summary>How the weights of each point are packed.</summary>
    public ConvPanels Panels { get; }

    /// <summary>Floats of all points' sums, <c>[point][channel block][tile][16]</c>.</summary>
    public int SumsLength => StemTransform.Points * SumsStride;

    /// <summary>Floats from one point's sums to the next.</summary>
    public int SumsStride => ChannelBlock.Count(_sizes.Geometry.OutChannels) * _sizes.Tiles * ChannelBlock.Size;

    /// <summary>Forces the JIT to compile the tile kernels.</summary>
    public void Prepare() => _kernels.Prepare(_tileList, Panels);

    /// <summary>Multiplies one output row.</summary>
    /// <param name="points">The transformed input, starting at the row's first input row.</param>
    /// <param name="weights">Packed weights.</param>
    /// <param name="sums">Receives <see cref="SumsLength"/> floats.</param>
    /// <param name="next">The weights that this thread reads next, to prefetch.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* points, float* weights, float* sums, float* next)
    {
        int blockStride = _sizes.Tiles * ChannelBlock.Size, sumsStride = SumsStride;
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
                call.Input = points + p * _sizes.Tiles * StemSizes.Rows;
                foreach (ref readonly ConvPanel panel in Panels.Panels.AsSpan())
                {
                    call.TapCount = p < EvenAloneFrom ? panel.Blocks : panel.Blocks / StemSizes.Phases; // the even phase comes first
                    call.Weights = weights + p * Panels.WeightLength + panel.Weights;
                    call.Output = sums + p * sumsStride + panel.FirstChannel / ChannelBlock.Size * blockStride + panel.FirstChannel % ChannelBlock.Size;
                    foreach (ref readonly TileRange range in _tileList.Ranges.AsSpan())
                        _kernels[panel.Vectors, range](call, _tileList.Tiles + range.Start, range.Count);
                }
            }
        }
    }
}
