using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Pooling;

/// <summary>Average over windows, on blocked activations. NaN and infinities propagate.</summary>
/// <remarks>Pixels are summed row by row, then the rows' sums, so rounding grows with the sides of the window rather than its area.</remarks>
/// <param name="geometry">All sizes, without dilation.</param>
/// <param name="countIncludePad">Whether the padding counts as pixels.</param>
/// <param name="input">The input's layout; its halo is not read.</param>
/// <param name="output">The output's layout.</param>
internal sealed unsafe class BlockedAveragePool<TSimd, TVector>(PoolGeometry geometry, bool countIncludePad, BlockedLayout input, BlockedLayout output)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Computes this thread's rows.</summary>
    /// <param name="source">x.</param>
    /// <param name="target">y; disjoint from x.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* source, float* target, WorkShare share)
    {
        int height = geometry.Output.Height, width = geometry.Output.Width;
        BlockedView x = new(source, input), y = new(target, output);
        (int item, int end) = share.Of(geometry.Batch * output.Blocks * height);
        for (; item < end; item++)
        {
            (int plane, int row) = Math.DivRem(item, height);
            PoolRange rows = PoolRange.OfRows(geometry, row);
            float* top = x.Row(plane, rows.Start), result = y.Row(plane, row);
            for (int column = 0; column < width; column++, result += ChannelBlock.Size)
            {
                PoolRange columns = PoolRange.OfColumns(geometry, column);
                TVector scale = TSimd.Create((float)(1 / PoolRange.Count(rows, columns, countIncludePad)));
                float* window = top + columns.Start * ChannelBlock.Size;
                for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
                    TSimd.Store(TSimd.Multiply(Sum(window + lane, rows.Inside, columns.Inside), scale), result + lane);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TVector Sum(float* window, int rows, int columns)
    {
        TVector sum = default;
        for (int h = 0; h < rows; h++, window += input.RowStride)
        {
            TVector row = TSimd.Load(window);
            for (int i = ChannelBlock.Size; i < columns * ChannelBlock.Size; i += ChannelBlock.Size) row = TSimd.Add(row, TSimd.Load(window + i));
            sum = TSimd.Add(sum, row);
        }
        return sum;
    }
}
