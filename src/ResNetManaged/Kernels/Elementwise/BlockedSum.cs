using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Elementwise;

/// <summary>Evaluates a <see cref="BlockedGradient"/>: the gradient of a ReLU, the sum of two readers' contributions, or both.</summary>
internal static unsafe class BlockedSum<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Computes this thread's planes and clears their halo.</summary>
    /// <param name="images">N.</param>
    /// <param name="gradient">The gradient to evaluate.</param>
    /// <param name="target">Receives it; one of the views read, or disjoint from them.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int images, BlockedGradient gradient, BlockedView target, WorkShare share)
    {
        BlockedLayout layout = target.Layout;
        int width = layout.Size.Width * ChannelBlock.Size;
        (int plane, int end) = share.Of(images * layout.Blocks);
        for (; plane < end; plane++)
        {
            for (int h = 0; h < layout.Size.Height; h++)
            {
                GradientRow row = gradient.Row(plane, h);
                float* result = target.Row(plane, h);
                for (nint i = 0; i < width; i += TSimd.Lanes) TSimd.Store(row.Load<TSimd, TVector>(i), result + i);
            }
            target.ClearHalo(plane);
        }
    }
}
