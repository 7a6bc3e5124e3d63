using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Elementwise;

/// <summary>y = x for x above 0, else slope * x, with one slope for each channel, on blocked activations; and its gradients.</summary>
internal static unsafe class BlockedPrelu<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Computes this thread's rows, without their halo.</summary>
    /// <param name="images">N.</param>
    /// <param name="input">x.</param>
    /// <param name="slopes">A slope for each channel of the blocks.</param>
    /// <param name="output">y; x itself, or disjoint from it.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int images, BlockedView input, float* slopes, BlockedView output, WorkShare share)
    {
        BlockedLayout layout = output.Layout;
        int rows = layout.Size.Height, width = layout.Size.Width * ChannelBlock.Size;
        (int item, int end) = share.Of(images * layout.Blocks * rows);
        for (; item < end; item++)
        {
            (int plane, int row) = Math.DivRem(item, rows);
            float* x = input.Row(plane, row), y = output.Row(plane, row);
            for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
            {
                TVector slope = TSimd.Load(slopes + plane % layout.Blocks * ChannelBlock.Size + lane);
                for (nint i = lane; i < width; i += ChannelBlock.Size)
                {
                    TVector value = TSimd.Load(x + i);
                    TSimd.Store(TSimd.SelectGreater(value, default, value, TSimd.Multiply(value, slope)), y + i);
                }
            }
        }
    }

    /// <summary>
    /// dx = dy for x above 0, else slope * dy; and each plane's sum of dy * x over the x that are not above 0. Computes this thread's planes, each as
    /// a whole and in the same order on any number of threads, and clears the halo of dx.
    /// </summary>
    /// <param name="images">N.</param>
    /// <param name="input">x.</param>
    /// <param name="slopes">A slope for each channel of the blocks.</param>
    /// <param name="gradient">dy.</param>
    /// <param name="inputGradient">
    /// dx; a view that <paramref name="gradient"/> reads, or disjoint from what is read; none if it is not wanted.
    /// </param>
    /// <param name="partials">Receives the sums, <see cref="SlopePartials.Length"/> floats; null if they are not wanted.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradient(int images, BlockedView input, float* slopes, BlockedGradient gradient, BlockedView inputGradient, float* partials,
        WorkShare share)
    {
        BlockedLayout layout = input.Layout;
        int width = layout.Size.Width * ChannelBlock.Size;
        (int plane, int end) = share.Of(images * layout.Blocks);
        for (; plane < end; plane++)
        {
            for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
            {
                TVector slope = TSimd.Load(slopes + plane % layout.Blocks * ChannelBlock.Size + lane), sum = default;
                for (int h = 0; h < layout.Size.Height; h++)
                {
                    GradientRow dy = gradient.Row(plane, h);
                    float* x = input.Row(plane, h), dx = inputGradient.Row(plane, h);
                    TVector row = default;
                    for (nint i = lane; i < width; i += ChannelBlock.Size)
                    {
                        TVector value = TSimd.Load(x + i), given = dy.Load<TSimd, TVector>(i);
                        row = TSimd.Add(row, TSimd.SelectGreater(value, default, default, TSimd.Multiply(given, value)));
                        if (dx != null) TSimd.Store(TSimd.SelectGreater(value, default, given, TSimd.Multiply(given, slope)), dx + i);
                    }
                    sum = TSimd.Add(sum, row);
                }
                if (partials != null) TSimd.Store(sum, partials + (nint)plane * ChannelBlock.Size + lane);
            }
            if (!inputGradient.IsNone) inputGradient.ClearHalo(plane);
        }
    }
}

/// <summary>The layout of the sums of <see cref="BlockedPrelu{TSimd, TVector}.Gradient"/>: <c>[N][C / 16][16]</c>.</summary>
internal static unsafe class SlopePartials
{
    /// <summary>Floats of all sums.</summary>
    public static int Length(int images, int channels) => checked(images * ChannelBlock.Count(channels) * ChannelBlock.Size);

    /// <summary>Sums each slope's gradient, in double and in a fixed order. Computes this thread's slopes.</summary>
    /// <param name="images">N.</param>
    /// <param name="channels">C.</param>
    /// <param name="partials">The sums.</param>
    /// <param name="slopes">1, or as many as there are channels.</param>
    /// <param name="adds">Whether to add to what it holds.</param>
    /// <param name="gradient">[slopes].</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Combine(int images, int channels, float* partials, int slopes, bool adds, float* gradient, WorkShare share)
    {
        int padded = ChannelBlock.Count(channels) * ChannelBlock.Size, shared = channels / slopes;
        (int slope, int end) = share.Of(slopes);
        for (; slope < end; slope++)
        {
            double sum = adds ? gradient[slope] : 0;
            for (int image = 0; image < images; image++)
            {
                float* first = partials + (nint)image * padded + slope;
                for (int channel = 0; channel < shared; channel++) sum += first[channel];
            }
            gradient[slope] = (float)sum;
        }
    }
}
