using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Normalization;

/// <summary>
/// The sums over N, H and W of each channel of a gradient dz, and of dz * (x - mean): the first half of a batch norm's backward pass. Without x, the
/// gradient of a convolution's bias.
/// </summary>
internal static unsafe class BlockedChannelSums<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Sums this thread's planes: each row, then the rows' sums.</summary>
    /// <param name="images">N.</param>
    /// <param name="gradient">dz.</param>
    /// <param name="input">x, as the convolution stored it; none for the sums of dz alone.</param>
    /// <param name="mean">A mean for each channel, in whole blocks; null without x.</param>
    /// <param name="stored">
    /// Receives dz, so that the second half and a shortcut need not add and mask again, and its halo is cleared; or none. It may be the gradient's
    /// first or second view itself.
    /// </param>
    /// <param name="partials">Receives <see cref="ChannelPartials.Length"/> floats.</param>
    /// <param name="share">This thread's part.</param>
    /// <param name="imageStride">Floats from one image's means to the next; 0 if all images share them.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum(int images, BlockedGradient gradient, BlockedView input, float* mean, BlockedView stored, float* partials, WorkShare share,
        int imageStride = 0)
    {
        int blocks = gradient.Layout.Blocks, height = gradient.Layout.Size.Height, width = gradient.Layout.Size.Width * ChannelBlock.Size;
        (int plane, int end) = share.Of(images * blocks);
        for (; plane < end; plane++)
        {
            float* result = partials + (nint)plane * ChannelPartials.Floats;
            new Span<float>(result, ChannelPartials.Floats).Clear();
            float* means = mean + plane % blocks * ChannelBlock.Size + plane / blocks * (nint)imageStride;
            for (int h = 0; h < height; h++)
            {
                GradientRow dz = gradient.Row(plane, h);
                float* x = input.Row(plane, h), target = stored.Row(plane, h);
                for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
                {
                    TVector center = x == null ? default : TSimd.Load(means + lane), sum = default, products = default;
                    for (nint i = lane; i < width; i += ChannelBlock.Size)
                    {
                        TVector value = dz.Load<TSimd, TVector>(i);
                        sum = TSimd.Add(sum, value);
                        if (x != null) products = TSimd.MultiplyAdd(value, TSimd.Subtract(TSimd.Load(x + i), center), products);
                        if (target != null) TSimd.Store(value, target + i);
                    }
                    Add(sum, result + lane);
                    Add(products, result + ChannelBlock.Size + lane);
                }
            }
            if (!stored.IsNone) stored.ClearHalo(plane);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(TVector summand, float* sum) => TSimd.Store(TSimd.Add(TSimd.Load(sum), summand), sum);
}

/// <summary>The layout of the sums of <see cref="BlockedChannelSums{TSimd, TVector}"/>: <c>[N][C / 16][sums, products][16]</c>.</summary>
internal static unsafe class ChannelPartials
{
    /// <summary>Floats of a plane's sums.</summary>
    public const int Floats = 2 * ChannelBlock.Size;

    /// <summary>Floats of all sums.</summary>
    public static int Length(int images, int channels) => checked(images * ChannelBlock.Count(channels) * Floats);

    /// <summary>One image's sums.</summary>
    public static float* OfImage(float* partials, int image, int channels) => partials + (nint)image * ChannelBlock.Count(channels) * Floats;

    /// <summary>A channel's sum among those of an image; its sum of products follows one block of channels later.</summary>
    public static float* OfChannel(float* image, int channel) =>
        image + (nint)(channel / ChannelBlock.Size) * Floats + channel % ChannelBlock.Size;

    /// <summary>Adds the sums of a block's planes over all images, in double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Combine(int images, int channels, int block, float* partials, double* sums, double* products)
    {
        int blocks = ChannelBlock.Count(channels);
        new Span<double>(sums, ChannelBlock.Size).Clear();
        new Span<double>(products, ChannelBlock.Size).Clear();
        for (int image = 0; image < images; image++)
        {
            float* partial = partials + ((nint)image * blocks + block) * Floats;
            for (int c = 0; c < ChannelBlock.Size; c++)
            {
                sums[c] += partial[c];
                products[c] += partial[ChannelBlock.Size + c];
            }
        }
    }

    /// <summary>The gradient of a bias: the sums of dz. Computes this thread's blocks.</summary>
    /// <param name="images">N.</param>
    /// <param name="channels">C.</param>
    /// <param name="partials">The sums.</param>
    /// <param name="adds">Whether to add to what it holds.</param>
    /// <param name="gradient">[C].</param>
    /// <param name="share">This thread's part.</param>
    public static void ToBias(int images, int channels, float* partials, bool adds, float* gradient, WorkShare share)
    {
        double* sums = stackalloc double[ChannelBlock.Size], products = stackalloc double[ChannelBlock.Size];
        (int block, int end) = share.Of(ChannelBlock.Count(channels));
        for (; block < end; block++)
        {
            Combine(images, channels, block, partials, sums, products);
            int first = block * ChannelBlock.Size, count = Math.Min(ChannelBlock.Size, channels - first);
            for (int lane = 0; lane < count; lane++) gradient[first + lane] = (float)(adds ? gradient[first + lane] + sums[lane] : sums[lane]);
        }
    }
}
