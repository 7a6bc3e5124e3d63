using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Pooling;

/// <summary><see cref="ZeroPadSubsample"/> on blocked activations.</summary>
internal sealed unsafe class BlockedZeroPad(int images, Size2D stride, BlockedLayout input, BlockedLayout output)
{
    private const int Vector = 4; // channels moved at a time if the shift allows it

    /// <summary>Computes this thread's rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* source, float* target, WorkShare share)
    {
        int shift = (output.Channels - input.Channels) / 2, rows = output.Size.Height;
        int step = shift % Vector == 0 && input.Channels % Vector == 0 ? Vector : 1;
        (int item, int end) = share.Of(images * rows);
        for (; item < end; item++)
        {
            (int image, int row) = Math.DivRem(item, rows);
            float* x = source + (nint)image * input.ImageStride + input.Offset(row * stride.Height, 0);
            float* y = target + (nint)image * output.ImageStride + output.Offset(row, 0);
            for (int block = 0; block < output.Blocks; block++)
                new Span<float>(y + (nint)block * output.PlaneStride, output.Size.Width * ChannelBlock.Size).Clear();
            for (int channel = 0; channel < input.Channels; channel += step)
            {
                int to = channel + shift;
                float* from = x + (nint)(channel / ChannelBlock.Size) * input.PlaneStride + channel % ChannelBlock.Size;
                float* into = y + (nint)(to / ChannelBlock.Size) * output.PlaneStride + to % ChannelBlock.Size;
                for (int w = 0; w < output.Size.Width; w++, from += stride.Width * ChannelBlock.Size, into += ChannelBlock.Size)
                {
                    if (step == Vector) *(UInt128*)into = *(UInt128*)from;
                    else *into = *from;
                }
            }
        }
    }
}
