using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Convolution;

/// <summary>A convolution over the channels of images of one pixel, y[c] = sum over j of w[j] x[c + j - K / 2], on blocked activations.</summary>
internal static unsafe class BlockedChannelConv<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Computes this thread's blocks of channels.</summary>
    /// <param name="images">N.</param>
    /// <param name="input">x, [N, C, 1, 1]; channels outside count as 0.</param>
    /// <param name="weights">w.</param>
    /// <param name="size">K, odd.</param>
    /// <param name="reversed">Whether w is read from its end: the gradient of x, from that of y.</param>
    /// <param name="output">y; disjoint from x. Channels that only pad the last block become 0.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int images, BlockedView input, float* weights, int size, bool reversed, BlockedView output, WorkShare share)
    {
        BlockedLayout layout = input.Layout;
        float* window = stackalloc float[ChannelBlock.Size + size - 1]; // the channels that a block's sums read
        (int plane, int end) = share.Of(images * layout.Blocks);
        for (; plane < end; plane++)
        {
            (int image, int block) = Math.DivRem(plane, layout.Blocks);
            int first = block * ChannelBlock.Size - size / 2;
            for (int i = 0; i < ChannelBlock.Size + size - 1; i++) window[i] = Channel(input, image, first + i);
            float* result = output.Row(plane, 0);
            for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
            {
                TVector sum = default;
                for (int j = 0; j < size; j++)
                    sum = TSimd.MultiplyAdd(TSimd.Create(weights[reversed ? size - 1 - j : j]), TSimd.Load(window + lane + j), sum);
                TSimd.Store(sum, result + lane);
            }
            output.ClearPadding(plane, 0);
        }
    }

    /// <summary>The gradient of each weight, dw[j] = the sum of dy[c] x[c + j - K / 2], in double and in a fixed order. Computes this thread's weights.</summary>
    /// <param name="images">N.</param>
    /// <param name="input">x.</param>
    /// <param name="outputGradient">dy.</param>
    /// <param name="size">K.</param>
    /// <param name="adds">Whether to add to what the gradient holds.</param>
    /// <param name="gradient">dw.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WeightGradient(int images, BlockedView input, BlockedView outputGradient, int size, bool adds, float* gradient, WorkShare share)
    {
        (int element, int end) = share.Of(size);
        for (; element < end; element++)
        {
            double sum = adds ? gradient[element] : 0;
            for (int image = 0; image < images; image++)
            {
                for (int c = 0; c < input.Layout.Channels; c++)
                    sum += (double)Channel(outputGradient, image, c) * Channel(input, image, c + element - size / 2);
            }
            gradient[element] = (float)sum;
        }
    }

    private static float Channel(BlockedView view, int image, int channel)
    {
        BlockedLayout layout = view.Layout;
        return (uint)channel < (uint)layout.Channels ? view.Pointer[image * (nint)layout.ImageStride + layout.Origin + layout.ChannelOffset(channel)] : 0;
    }
}
