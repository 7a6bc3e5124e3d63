using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Pooling;

/// <summary>The gradient of <see cref="BlockedZeroPad"/>: sampled pixels get their gradients, all others zero.</summary>
internal static unsafe class BlockedZeroPadGradient
{
    private const int Vector = 4; // channels moved at a time if the shift allows it

    /// <summary>Computes this thread's planes of the input and clears their halo.</summary>
    /// <param name="images">N.</param>
    /// <param name="stride">The stride between sampled pixels.</param>
    /// <param name="gradient">dy.</param>
    /// <param name="inputGradient">dx; disjoint from dy.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int images, Size2D stride, BlockedView gradient, BlockedView inputGradient, WorkShare share)
    {
        BlockedLayout from = gradient.Layout, to = inputGradient.Layout;
        int shift = (from.Channels - to.Channels) / 2;
        (int plane, int end) = share.Of(images * to.Blocks);
        for (; plane < end; plane++)
        {
            (int image, int block) = Math.DivRem(plane, to.Blocks);
            int first = block * ChannelBlock.Size, channels = Math.Min(ChannelBlock.Size, to.Channels - first);
            int step = shift % Vector == 0 && channels % Vector == 0 ? Vector : 1;
            inputGradient.ClearRows(plane, 0, to.Size.Height);
            for (int row = 0; row < from.Size.Height; row++)
            {
                for (int lane = 0; lane < channels; lane += step)
                {
                    int channel = first + lane + shift;
                    float* dy = gradient.Row(image * from.Blocks + channel / ChannelBlock.Size, row) + channel % ChannelBlock.Size;
                    float* dx = inputGradient.Row(plane, row * stride.Height) + lane;
                    for (int w = 0; w < from.Size.Width; w++, dy += ChannelBlock.Size, dx += stride.Width * ChannelBlock.Size)
                    {
                        if (step == Vector) *(UInt128*)dx = *(UInt128*)dy;
                        else *dx = *dy;
                    }
                }
            }
            inputGradient.ClearHalo(plane);
        }
    }
}
