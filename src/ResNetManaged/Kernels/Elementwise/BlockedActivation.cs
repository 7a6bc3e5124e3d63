using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Elementwise.Activations;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Elementwise;

/// <summary>y = f(x) on blocked activations, and its gradient.</summary>
/// <remarks>Channels that pad a block stay 0, whatever f(0) is, because they must not add to sums over channels and pixels.</remarks>
internal static unsafe class BlockedActivation<TSimd, TVector, TFunction>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TFunction : struct, IActivationFunction
{
    /// <summary>Computes this thread's rows, without their halo.</summary>
    /// <param name="images">N.</param>
    /// <param name="function">f.</param>
    /// <param name="input">x.</param>
    /// <param name="output">y; x itself, or disjoint from it.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int images, TFunction function, BlockedView input, BlockedView output, WorkShare share)
    {
        BlockedLayout layout = output.Layout;
        int rows = layout.Size.Height, width = layout.Size.Width * ChannelBlock.Size;
        (int item, int end) = share.Of(images * layout.Blocks * rows);
        for (; item < end; item++)
        {
            (int plane, int row) = Math.DivRem(item, rows);
            float* x = input.Row(plane, row), y = output.Row(plane, row);
            for (nint i = 0; i < width; i += TSimd.Lanes) TSimd.Store(function.Apply<TSimd, TVector>(TSimd.Load(x + i)), y + i);
            output.ClearPadding(plane, row);
        }
    }

    /// <summary>dx = dy * f'(x). Computes this thread's planes and clears their halo.</summary>
    /// <param name="images">N.</param>
    /// <param name="function">f.</param>
    /// <param name="input">x.</param>
    /// <param name="gradient">dy.</param>
    /// <param name="inputGradient">dx; a view that <paramref name="gradient"/> reads, or disjoint from it and from x.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradient(int images, TFunction function, BlockedView input, BlockedGradient gradient, BlockedView inputGradient, WorkShare share)
    {
        BlockedLayout layout = inputGradient.Layout;
        int width = layout.Size.Width * ChannelBlock.Size;
        (int plane, int end) = share.Of(images * layout.Blocks);
        for (; plane < end; plane++)
        {
            for (int h = 0; h < layout.Size.Height; h++)
            {
                GradientRow dy = gradient.Row(plane, h);
                float* x = input.Row(plane, h), dx = inputGradient.Row(plane, h);
                for (nint i = 0; i < width; i += TSimd.Lanes)
                    TSimd.Store(TSimd.Multiply(dy.Load<TSimd, TVector>(i), function.Derivative<TSimd, TVector>(TSimd.Load(x + i))), dx + i);
            }
            inputGradient.ClearHalo(plane);
        }
    }
}
