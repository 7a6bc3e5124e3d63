using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Elementwise;

/// <summary>
/// Concatenates blocked activations along their channels, and splits their gradient. Nothing is computed except the sums within a gradient.
/// </summary>
/// <remarks>
/// An operand's channels shift by its first channel in the concatenation. If that is a multiple of a vector's lanes, whole vectors move within
/// blocks; otherwise four channels at a time, or single ones.
/// </remarks>
internal static unsafe class BlockedConcat<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>
    /// Copies one operand into this thread's rows, without their halo. The same thread must call it for all operands in order, because a copy may
    /// also set channels after its own to zero.
    /// </summary>
    /// <param name="images">N.</param>
    /// <param name="input">The operand.</param>
    /// <param name="firstChannel">The sum of the channels of the operands before it.</param>
    /// <param name="output">The concatenation; disjoint from the operand.</param>
    /// <param name="share">This thread's part.</param>
    public static void Run(int images, BlockedView input, int firstChannel, BlockedView output, WorkShare share)
    {
        if (firstChannel % TSimd.Lanes == 0) Copy<TSimd, TVector>(images, input, firstChannel, output, share);
        else if (firstChannel % Simd128.Lanes == 0) Copy<Simd128, Vector128<float>>(images, input, firstChannel, output, share);
        else Copy<SimdScalar, float>(images, input, firstChannel, output, share);
    }

    /// <summary>
    /// The gradient of one operand: its channels of the concatenation's gradient. Computes this thread's planes and clears their halo.
    /// </summary>
    /// <param name="images">N.</param>
    /// <param name="gradient">The gradient of the concatenation.</param>
    /// <param name="firstChannel">The sum of the channels of the operands before it.</param>
    /// <param name="inputGradient">The gradient of the operand; disjoint from what is read.</param>
    /// <param name="share">This thread's part.</param>
    public static void Gradient(int images, BlockedGradient gradient, int firstChannel, BlockedView inputGradient, WorkShare share)
    {
        if (firstChannel % TSimd.Lanes == 0) Take<TSimd, TVector>(images, gradient, firstChannel, inputGradient, share);
        else if (firstChannel % Simd128.Lanes == 0) Take<Simd128, Vector128<float>>(images, gradient, firstChannel, inputGradient, share);
        else Take<SimdScalar, float>(images, gradient, firstChannel, inputGradient, share);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy<TMove, TMoved>(int images, BlockedView input, int firstChannel, BlockedView output, WorkShare share)
        where TMove : struct, ISimd<TMoved>
        where TMoved : struct
    {
        BlockedLayout from = input.Layout, to = output.Layout;
        int rows = to.Size.Height, width = to.Size.Width * ChannelBlock.Size;
        bool isLast = firstChannel + from.Channels == to.Channels;
        (int item, int end) = share.Of(images * rows);
        for (; item < end; item++)
        {
            (int image, int row) = Math.DivRem(item, rows);
            for (int channel = 0; channel < from.Channels; channel += TMove.Lanes)
            {
                int target = firstChannel + channel;
                float* x = input.Row(image * from.Blocks + channel / ChannelBlock.Size, row) + channel % ChannelBlock.Size;
                float* y = output.Row(image * to.Blocks + target / ChannelBlock.Size, row) + target % ChannelBlock.Size;
                for (nint i = 0; i < width; i += ChannelBlock.Size) TMove.Store(TMove.Load(x + i), y + i);
            }
            if (isLast) output.ClearPadding((image + 1) * to.Blocks - 1, row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Take<TMove, TMoved>(int images, BlockedGradient gradient, int firstChannel, BlockedView inputGradient, WorkShare share)
        where TMove : struct, ISimd<TMoved>
        where TMoved : struct
    {
        BlockedLayout from = gradient.Layout, to = inputGradient.Layout;
        int width = to.Size.Width * ChannelBlock.Size;
        (int plane, int end) = share.Of(images * to.Blocks);
        for (; plane < end; plane++)
        {
            (int image, int block) = Math.DivRem(plane, to.Blocks);
            int first = block * ChannelBlock.Size, channels = Math.Min(ChannelBlock.Size, to.Channels - first);
            for (int row = 0; row < to.Size.Height; row++)
            {
                float* dx = inputGradient.Row(plane, row);
                for (int lane = 0; lane < channels; lane += TMove.Lanes)
                {
                    int source = firstChannel + first + lane;
                    GradientRow dy = gradient.Row(image * from.Blocks + source / ChannelBlock.Size, row);
                    for (nint i = 0; i < width; i += ChannelBlock.Size)
                        TMove.Store(dy.Load<TMove, TMoved>(source % ChannelBlock.Size + i), dx + lane + i);
                }
                inputGradient.ClearPadding(plane, row);
            }
            inputGradient.ClearHalo(plane);
        }
    }
}
