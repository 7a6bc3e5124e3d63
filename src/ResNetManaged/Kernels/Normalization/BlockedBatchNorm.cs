using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Elementwise;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Normalization;

/// <summary>
/// Batch norm on blocked activations, with what follows it in a residual unit: the sum with the shortcut, which may have its own batch norm,
/// and ReLU. The per-channel numbers come from <see cref="BatchNormChannels"/>.
/// </summary>
internal static unsafe class BlockedBatchNorm<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>
    /// y = relu(x * scale + shift + shortcut), where shortcut and ReLU are optional. Computes this thread's planes and clears their halo.
    /// </summary>
    /// <param name="images">N.</param>
    /// <param name="input">x.</param>
    /// <param name="norm">The scale and shift of each channel.</param>
    /// <param name="shortcut">The shortcut to add; or none.</param>
    /// <param name="shortcutNorm">The scale and shift of the shortcut's channels; the default for a shortcut without batch norm.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <param name="output">y; the input itself or disjoint from it.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(int images, BlockedView input, BatchNormChannels norm, BlockedView shortcut, BatchNormChannels shortcutNorm, bool relu,
        BlockedView output, WorkShare share)
    {
        int blocks = output.Layout.Blocks;
        (int height, int width) = output.Layout.Size;
        bool normalizesShortcut = shortcutNorm.Channels > 0;
        (int plane, int end) = share.Of(images * blocks);
        for (; plane < end; plane++)
        {
            int channel = plane % blocks * ChannelBlock.Size + plane / blocks * norm.ImageStride;
            int shortcutChannel = plane % blocks * ChannelBlock.Size + plane / blocks * shortcutNorm.ImageStride;
            float* shortcutScale = normalizesShortcut ? shortcutNorm.Scale + shortcutChannel : null;
            float* shortcutShift = normalizesShortcut ? shortcutNorm.Shift + shortcutChannel : null;
            for (int h = 0; h < height; h++)
            {
                AffineRow<TSimd, TVector>.Run(input.Row(plane, h), norm.Scale + channel, norm.Shift + channel, shortcut.Row(plane, h), shortcutScale, shortcutShift,
                    relu, output.Row(plane, h), width);
            }
            output.ClearHalo(plane);
        }
    }

    /// <summary>
    /// dx = dz * scale + (x - mean) * slope + offset, the second half of the backward pass. Computes this thread's planes and clears their halo.
    /// </summary>
    /// <param name="images">N.</param>
    /// <param name="gradient">dz.</param>
    /// <param name="input">x, as the convolution stored it; none for frozen statistics, which do not depend on x: dx = dz * scale.</param>
    /// <param name="norm">The numbers of each channel, after <see cref="BatchNormChannels.Differentiate"/> unless frozen.</param>
    /// <param name="inputGradient">dx; one of the views read, or disjoint from them.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(int images, BlockedGradient gradient, BlockedView input, BatchNormChannels norm, BlockedView inputGradient,
        WorkShare share)
    {
        BlockedLayout layout = inputGradient.Layout;
        int blocks = layout.Blocks, height = layout.Size.Height, width = layout.Size.Width * ChannelBlock.Size;
        (int plane, int end) = share.Of(images * blocks);
        for (; plane < end; plane++)
        {
            int channel = plane % blocks * ChannelBlock.Size + plane / blocks * norm.ImageStride;
            for (int h = 0; h < height; h++)
            {
                GradientRow dz = gradient.Row(plane, h);
                float* x = input.Row(plane, h), dx = inputGradient.Row(plane, h);
                for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
                {
                    int c = channel + lane;
                    TVector scale = TSimd.Load(norm.Scale + c), mean = TSimd.Load(norm.Mean + c);
                    TVector slope = TSimd.Load(norm.Slope + c), offset = TSimd.Load(norm.Offset + c);
                    for (nint i = lane; i < width; i += ChannelBlock.Size)
                    {
                        TVector value = dz.Load<TSimd, TVector>(i);
                        if (x == null) value = TSimd.Multiply(value, scale);
                        else value = TSimd.MultiplyAdd(value, scale, TSimd.MultiplyAdd(TSimd.Subtract(TSimd.Load(x + i), mean), slope, offset));
                        TSimd.Store(value, dx + i);
                    }
                }
            }
            inputGradient.ClearHalo(plane);
        }
    }
}
