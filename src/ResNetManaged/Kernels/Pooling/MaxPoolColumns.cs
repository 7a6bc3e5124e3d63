using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Pooling;

/// <summary>The second half of max pooling one output row: the maximum over each window's columns.</summary>
internal static unsafe class MaxPoolColumns<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Pools a row.</summary>
    /// <param name="geometry">All sizes.</param>
    /// <param name="maxima">For each column and channel of the block, the maximum over the window's rows.</param>
    /// <param name="result">Receives the output row; disjoint from the maxima.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in PoolGeometry geometry, float* maxima, float* result)
    {
        int right = geometry.Dilation.Width * ChannelBlock.Size;
        for (int column = 0; column < geometry.Output.Width; column++, result += ChannelBlock.Size)
        {
            (int first, int last) = geometry.InsideColumns(column);
            for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
            {
                float* pixel = maxima + first * ChannelBlock.Size + lane, end = maxima + last * ChannelBlock.Size;
                TVector maximum = TSimd.Load(pixel);
                for (pixel += right; pixel < end; pixel += right) maximum = TSimd.Max(maximum, TSimd.Load(pixel));
                TSimd.Store(maximum, result + lane);
            }
        }
    }
}
