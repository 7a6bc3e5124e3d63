using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Convolution.Stem;

/// <summary>The stem's last stage if max pooling follows: only the convolution's rows of one window are kept.</summary>
internal sealed unsafe class StemPool<TSimd, TVector>(StemSizes sizes, PoolGeometry pool, BlockedLayout output)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly PoolGeometry _pool = pool;

    /// <summary>Floats of scratch: the rows of a window, each <c>[channel block][column][16]</c>, and one row of maxima.</summary>
    public int ScratchLength => _pool.Kernel.Height * RowLength + BlockStride;

    /// <summary>Floats from one block of channels to the next in a kept row.</summary>
    public int BlockStride => StemTransform.Outputs * sizes.Tiles * ChannelBlock.Size;

    private int RowLength => output.Blocks * BlockStride;

    /// <summary>The rows of the convolution that an output row needs: the first, and one past the last.</summary>
    public (int First, int End) Rows(int outputRow) => _pool.InsideRows(outputRow);

    /// <summary>Where a row of the convolution is kept.</summary>
    public float* Row(float* scratch, int row) => scratch + row % _pool.Kernel.Height * RowLength;

    /// <summary>Pools one output row: first the maximum over the kept rows, then over each window's columns.</summary>
    /// <param name="scratch">Where the rows are kept.</param>
    /// <param name="first">The first row of the convolution.</param>
    /// <param name="end">One past the last.</param>
    /// <param name="result">The output row's first pixel.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* scratch, int first, int end, float* result)
    {
        int height = _pool.Kernel.Height, rowLength = RowLength, width = sizes.Geometry.Output.Width * ChannelBlock.Size;
        float* maxima = scratch + height * rowLength;
        for (int block = 0; block < output.Blocks; block++, scratch += BlockStride, result += output.PlaneStride)
        {
            for (int i = 0; i < width; i += TSimd.Lanes)
            {
                TVector maximum = TSimd.Load(scratch + first % height * rowLength + i);
                for (int row = first + 1; row < end; row++) maximum = TSimd.Max(maximum, TSimd.Load(scratch + row % height * rowLength + i));
                TSimd.Store(maximum, maxima + i);
            }
            MaxPoolColumns<TSimd, TVector>.Run(_pool, maxima, result);
        }
    }
}
