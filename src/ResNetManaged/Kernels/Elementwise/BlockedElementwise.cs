using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Elementwise;

/// <summary>
/// y = relu(x * scale + shift + residual) on blocked activations, where each part is optional: whatever was not fused into a convolution.
/// </summary>
internal sealed unsafe class BlockedElementwise<TSimd, TVector>(int images, BlockedLayout input, BlockedLayout residual, BlockedLayout output,
    bool relu)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Computes this thread's rows.</summary>
    /// <param name="source">x.</param>
    /// <param name="scale">A factor for each channel, in whole blocks; null for 1.</param>
    /// <param name="shift">A summand for each channel, in whole blocks; null if the scale is.</param>
    /// <param name="added">What to add; null for nothing.</param>
    /// <param name="target">y.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* source, float* scale, float* shift, float* added, float* target, WorkShare share)
    {
        int rows = output.Size.Height;
        (int item, int end) = share.Of(images * output.Blocks * rows);
        for (; item < end; item++)
        {
            (int plane, int row) = Math.DivRem(item, rows);
            (int image, int block) = Math.DivRem(plane, output.Blocks);
            float* x = source + Start(input, image, block, row), y = target + Start(output, image, block, row);
            float* z = added == null ? null : added + Start(residual, image, block, row);
            int channel = block * ChannelBlock.Size;
            AffineRow<TSimd, TVector>.Run(x, scale == null ? null : scale + channel, scale == null ? null : shift + channel, z, null, null, relu, y,
                output.Size.Width);
        }
    }

    private static nint Start(BlockedLayout layout, int image, int block, int row) =>
        (nint)image * layout.ImageStride + (nint)block * layout.PlaneStride + layout.Offset(row, 0);
}
