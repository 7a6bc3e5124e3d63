using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Pooling;

/// <summary>The blur of <see cref="BlurWindow"/> at every stride-th pixel, on blocked activations, and its gradient. NaN and infinities propagate.</summary>
internal static unsafe class BlockedBlurPool<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Computes this thread's rows, without their halo.</summary>
    /// <param name="geometry">All sizes.</param>
    /// <param name="input">x; its halo is not read.</param>
    /// <param name="output">y; disjoint from x.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in PoolGeometry geometry, BlockedView input, BlockedView output, WorkShare share)
    {
        int height = geometry.Output.Height, width = geometry.Output.Width;
        (int item, int end) = share.Of(geometry.Batch * output.Layout.Blocks * height);
        for (; item < end; item++)
        {
            (int plane, int row) = Math.DivRem(item, height);
            int top = row * geometry.Stride.Height - BlurWindow.Padding;
            float* above = Row(geometry, input, plane, top, 0), middle = Row(geometry, input, plane, top, 1), below = Row(geometry, input, plane, top, 2);
            float* result = output.Row(plane, row);
            for (int column = 0; column < width; column++, result += ChannelBlock.Size)
            {
                int start = column * geometry.Stride.Width - BlurWindow.Padding;
                int left = Offset(geometry, start, 0), center = Offset(geometry, start, 1), right = Offset(geometry, start, 2);
                for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
                {
                    TVector outer = TSimd.Add(Sum(above + lane, left, center, right), Sum(below + lane, left, center, right));
                    TVector inner = Sum(middle + lane, left, center, right);
                    TSimd.Store(TSimd.Multiply(TSimd.Add(outer, TSimd.Add(inner, inner)), TSimd.Create(1f / 16)), result + lane);
                }
            }
        }
    }

    /// <summary>Adds each window's gradient to its pixels, in order. Computes this thread's planes and clears their halo.</summary>
    /// <param name="geometry">All sizes.</param>
    /// <param name="gradient">dy.</param>
    /// <param name="inputGradient">dx; disjoint from all inputs.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradient(in PoolGeometry geometry, BlockedGradient gradient, BlockedView inputGradient, WorkShare share)
    {
        (int plane, int end) = share.Of(geometry.Batch * inputGradient.Layout.Blocks);
        for (; plane < end; plane++)
        {
            inputGradient.ClearRows(plane, 0, geometry.Input.Height);
            for (int row = 0; row < geometry.Output.Height; row++)
            {
                GradientRow dy = gradient.Row(plane, row);
                for (int element = 0; element < BlurWindow.Size; element++)
                {
                    float* dx = Row(geometry, inputGradient, plane, row * geometry.Stride.Height - BlurWindow.Padding, element);
                    AddRow(geometry, dy, BlurWindow.Weight(element), dx);
                }
            }
            inputGradient.ClearHalo(plane);
        }
    }

    private static void AddRow(in PoolGeometry geometry, GradientRow dy, float rowWeight, float* dx)
    {
        for (int column = 0; column < geometry.Output.Width; column++)
        {
            int start = column * geometry.Stride.Width - BlurWindow.Padding;
            for (int element = 0; element < BlurWindow.Size; element++)
            {
                float* pixel = dx + Offset(geometry, start, element);
                TVector weight = TSimd.Create(rowWeight * BlurWindow.Weight(element));
                for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
                {
                    TVector given = TSimd.Multiply(dy.Load<TSimd, TVector>(column * ChannelBlock.Size + lane), weight);
                    TSimd.Store(TSimd.Add(TSimd.Load(pixel + lane), given), pixel + lane);
                }
            }
        }
    }

    /// <summary>x[left] + 2 x[center] + x[right].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Sum(float* row, int left, int center, int right)
    {
        TVector middle = TSimd.Load(row + center);
        return TSimd.Add(TSimd.Add(TSimd.Load(row + left), TSimd.Load(row + right)), TSimd.Add(middle, middle));
    }

    private static float* Row(in PoolGeometry geometry, BlockedView view, int plane, int top, int element) =>
        view.Row(plane, BlurWindow.Pixel(top, element, geometry.Input.Height));

    private static int Offset(in PoolGeometry geometry, int start, int element) =>
        BlurWindow.Pixel(start, element, geometry.Input.Width) * ChannelBlock.Size;
}
