using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Pooling;

/// <summary>
/// The gradient of <see cref="BlockedMaxPool{TSimd, TVector}"/>: each window's gradient goes to its first maximum in row-major order, as in PyTorch,
/// which is found by comparing the input with the output.
/// </summary>
/// <remarks>Windows overlap, so one thread computes a whole plane and adds windows in order. NaN counts as a maximum.</remarks>
internal static unsafe class BlockedMaxPoolGradient<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Computes this thread's planes and clears their halo.</summary>
    /// <param name="geometry">All sizes.</param>
    /// <param name="input">x.</param>
    /// <param name="output">y.</param>
    /// <param name="gradient">dy.</param>
    /// <param name="inputGradient">dx; disjoint from all inputs.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in PoolGeometry geometry, BlockedView input, BlockedView output, BlockedGradient gradient, BlockedView inputGradient,
        WorkShare share)
    {
        int rowStride = input.Layout.RowStride, gradientStride = inputGradient.Layout.RowStride;
        (int height, int width) = geometry.Input;
        (int down, int right) = geometry.Dilation;
        (int plane, int end) = share.Of(geometry.Batch * input.Layout.Blocks);
        for (; plane < end; plane++)
        {
            int cleared = 0;
            for (int row = 0; row < geometry.Output.Height; row++)
            {
                (int top, int bottom) = geometry.InsideRows(row);
                cleared = inputGradient.ClearRows(plane, cleared, bottom); // just before use, so that they are in the cache
                GradientRow dy = gradient.Row(plane, row);
                float* x = input.Row(plane, 0), dx = inputGradient.Row(plane, 0), y = output.Row(plane, row);
                for (int column = 0; column < geometry.Output.Width; column++)
                {
                    (int left, int rightEnd) = geometry.InsideColumns(column);
                    for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
                    {
                        TVector maximum = TSimd.Load(y + column * ChannelBlock.Size + lane);
                        TVector remaining = dy.Load<TSimd, TVector>(column * ChannelBlock.Size + lane); // 0 once the maximum is found
                        for (int h = top; h < bottom; h += down)
                        {
                            float* from = x + (nint)h * rowStride + lane, to = dx + (nint)h * gradientStride + lane;
                            for (int w = left; w < rightEnd; w += right)
                            {
                                TVector value = TSimd.Load(from + w * ChannelBlock.Size), sum = TSimd.Load(to + w * ChannelBlock.Size);
                                TVector taken = TSimd.SelectGreater(maximum, value, default, remaining);
                                remaining = TSimd.SelectGreater(maximum, value, remaining, default);
                                TSimd.Store(TSimd.Add(sum, taken), to + w * ChannelBlock.Size);
                            }
                        }
                    }
                }
            }
            inputGradient.ClearRows(plane, cleared, height);
            inputGradient.ClearHalo(plane);
        }
    }
}
