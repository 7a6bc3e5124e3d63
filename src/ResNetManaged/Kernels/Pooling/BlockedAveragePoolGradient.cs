using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Pooling;

/// <summary>The gradients of <see cref="BlockedGlobalPool{TSimd, TVector}"/> and <see cref="BlockedAveragePool{TSimd, TVector}"/>.</summary>
internal static unsafe class BlockedAveragePoolGradient<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Each pixel of a plane gets the same share of the plane's gradient. Computes this thread's planes and clears their halo.</summary>
    /// <param name="images">N.</param>
    /// <param name="gradient">dy.</param>
    /// <param name="pixels">Where dy lies.</param>
    /// <param name="inputGradient">dx.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Global(int images, float* gradient, PixelOfImage pixels, BlockedView inputGradient, WorkShare share)
    {
        BlockedLayout layout = inputGradient.Layout;
        TVector scale = TSimd.Create(1f / layout.Size.Area);
        (int plane, int end) = share.Of(images * layout.Blocks);
        for (; plane < end; plane++)
        {
            (int image, int block) = Math.DivRem(plane, layout.Blocks);
            float* dy = gradient + pixels.Offset(image, block);
            for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
            {
                TVector value = TSimd.Multiply(TSimd.Load(dy + lane), scale);
                for (int h = 0; h < layout.Size.Height; h++)
                {
                    float* dx = inputGradient.Row(plane, h) + lane;
                    for (int w = 0; w < layout.Size.Width; w++, dx += ChannelBlock.Size) TSimd.Store(value, dx);
                }
            }
            inputGradient.ClearHalo(plane);
        }
    }

    /// <summary>Each pixel of a window gets the same share of its gradient. Computes this thread's planes and clears their halo.</summary>
    /// <remarks>Windows may overlap, so one thread computes a whole plane and adds windows in order.</remarks>
    /// <param name="geometry">All sizes, without dilation.</param>
    /// <param name="countIncludePad">Whether the padding counts as pixels.</param>
    /// <param name="gradient">dy.</param>
    /// <param name="inputGradient">dx; disjoint from all inputs.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Windows(in PoolGeometry geometry, bool countIncludePad, BlockedGradient gradient, BlockedView inputGradient, WorkShare share)
    {
        int rowStride = inputGradient.Layout.RowStride;
        (int plane, int end) = share.Of(geometry.Batch * inputGradient.Layout.Blocks);
        for (; plane < end; plane++)
        {
            int cleared = 0;
            for (int row = 0; row < geometry.Output.Height; row++)
            {
                PoolRange rows = PoolRange.OfRows(geometry, row);
                cleared = inputGradient.ClearRows(plane, cleared, rows.End);
                GradientRow dy = gradient.Row(plane, row);
                float* top = inputGradient.Row(plane, rows.Start);
                for (int column = 0; column < geometry.Output.Width; column++)
                {
                    PoolRange columns = PoolRange.OfColumns(geometry, column);
                    TVector scale = TSimd.Create(1f / (countIncludePad ? rows.Padded * columns.Padded : rows.Inside * columns.Inside));
                    for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
                    {
                        TVector value = TSimd.Multiply(dy.Load<TSimd, TVector>(column * ChannelBlock.Size + lane), scale);
                        float* dx = top + lane;
                        for (int h = rows.Start; h < rows.End; h++, dx += rowStride)
                        {
                            for (int i = columns.Start * ChannelBlock.Size; i < columns.End * ChannelBlock.Size; i += ChannelBlock.Size)
                                TSimd.Store(TSimd.Add(TSimd.Load(dx + i), value), dx + i);
                        }
                    }
                }
            }
            inputGradient.ClearRows(plane, cleared, geometry.Input.Height);
            inputGradient.ClearHalo(plane);
        }
    }
}
