using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Normalization;

/// <summary>Layer norm over the channels of each pixel, on blocked activations. NaN and infinities propagate.</summary>
/// <remarks>
/// A thread takes part of a row through all blocks three times, while it is in the nearest caches: for the mean, for the variance around it, and
/// for the result. Each lane is summed over the blocks, then the 16 lanes in pairs, so the bits are the same on all widths.
/// </remarks>
internal sealed unsafe class BlockedChannelNorm<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly int _images, _channels;
    private readonly Size2D _size;
    private readonly PinnedArray _isChannel; // 1 for each channel of the last block, 0 for those that pad it

    /// <summary>Prepares a norm.</summary>
    /// <param name="images">N.</param>
    /// <param name="channels">C.</param>
    /// <param name="size">H and W.</param>
    public BlockedChannelNorm(int images, int channels, Size2D size)
    {
        (_images, _channels, _size) = (images, channels, size);
        _isChannel = new PinnedArray(ChannelBlock.Size);
        for (int lane = 0; lane < ChannelBlock.Size; lane++)
            _isChannel.Span[lane] = (ChannelBlock.Count(channels) - 1) * ChannelBlock.Size + lane < channels ? 1 : 0;
    }

    /// <summary>Floats of scratch for that many threads.</summary>
    public int ScratchLength(int threads) => checked(threads * (ThreadLength + ThreadScratch.Gap));

    /// <summary>A block of sums for each pixel of a row, then the pixels' means and factors.</summary>
    private int ThreadLength => Sizes.RoundUp(_size.Width * (ChannelBlock.Size + 2), CacheLine.Floats);

    /// <summary>Computes this thread's pixels, without their halo.</summary>
    /// <param name="input">x.</param>
    /// <param name="weight">A scale for each channel, in whole blocks.</param>
    /// <param name="bias">A shift for each channel, in whole blocks.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="output">y; x itself or disjoint from it.</param>
    /// <param name="scratch">Memory that all threads share.</param>
    /// <param name="share">This thread's part.</param>
    public void Run(BlockedView input, float* weight, float* bias, double eps, BlockedView output, float* scratch, WorkShare share)
    {
        scratch += (nint)share.Thread * ScratchLength(1);
        (int pixel, int end) = share.Of(_images * _size.Area);
        while (pixel < end)
        {
            (int row, int column) = Math.DivRem(pixel, _size.Width);
            int pixels = Math.Min(_size.Width - column, end - pixel);
            (int image, int h) = Math.DivRem(row, _size.Height);
            RunPixels(input, weight, bias, eps, output, scratch, image, h, column, pixels);
            pixel += pixels;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunPixels(BlockedView input, float* weight, float* bias, double eps, BlockedView output, float* sums, int image, int row, int column,
        int pixels)
    {
        int blocks = input.Layout.Blocks, first = image * blocks, width = pixels * ChannelBlock.Size;
        nint start = column * ChannelBlock.Size;
        float* means = sums + _size.Width * ChannelBlock.Size, factors = means + _size.Width;

        for (int block = 0; block < blocks; block++)
        {
            float* x = input.Row(first + block, row) + start;
            for (nint i = 0; i < width; i += TSimd.Lanes)
            {
                TVector value = TSimd.Load(x + i);
                TSimd.Store(block == 0 ? value : TSimd.Add(value, TSimd.Load(sums + i)), sums + i);
            }
        }
        for (int i = 0; i < pixels; i++) means[i] = SumOfLanes(sums + i * ChannelBlock.Size) / _channels;

        for (int block = 0; block < blocks; block++)
        {
            float* x = input.Row(first + block, row) + start;
            bool isLast = block == blocks - 1;
            for (int i = 0; i < pixels; i++, x += ChannelBlock.Size)
            {
                TVector mean = TSimd.Create(means[i]);
                float* sum = sums + i * ChannelBlock.Size;
                for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
                {
                    TVector deviation = TSimd.Subtract(TSimd.Load(x + lane), mean);
                    if (isLast) deviation = TSimd.Multiply(deviation, TSimd.Load(_isChannel.Pointer + lane));
                    TSimd.Store(TSimd.MultiplyAdd(deviation, deviation, block == 0 ? default : TSimd.Load(sum + lane)), sum + lane);
                }
            }
        }
        for (int i = 0; i < pixels; i++) factors[i] = (float)(1 / Math.Sqrt(SumOfLanes(sums + i * ChannelBlock.Size) / (double)_channels + eps));

        for (int block = 0; block < blocks; block++)
        {
            for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
            {
                float* x = input.Row(first + block, row) + start + lane, y = output.Row(first + block, row) + start + lane;
                TVector scale = TSimd.Load(weight + block * ChannelBlock.Size + lane), shift = TSimd.Load(bias + block * ChannelBlock.Size + lane);
                for (int i = 0; i < pixels; i++, x += ChannelBlock.Size, y += ChannelBlock.Size)
                {
                    TVector deviation = TSimd.Subtract(TSimd.Load(x), TSimd.Create(means[i]));
                    TSimd.Store(TSimd.MultiplyAdd(TSimd.Multiply(deviation, TSimd.Create(factors[i])), scale, shift), y);
                }
            }
        }
        ClearPadding(output.Row(first + blocks - 1, row) + start, pixels);
    }

    /// <summary>Sets the channels that pad the last block to 0: a pixel that is NaN or infinite made them NaN.</summary>
    private void ClearPadding(float* pixel, int pixels)
    {
        int channels = (_channels - 1) % ChannelBlock.Size + 1;
        if (channels == ChannelBlock.Size) return;
        for (int i = 0; i < pixels; i++, pixel += ChannelBlock.Size) new Span<float>(pixel + channels, ChannelBlock.Size - channels).Clear();
    }

    /// <summary>The sum of 16 floats, in pairs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumOfLanes(float* x) => x[0] + x[8] + (x[4] + x[12]) + (x[2] + x[10] + (x[6] + x[14]))
        + (x[1] + x[9] + (x[5] + x[13]) + (x[3] + x[11] + (x[7] + x[15])));
}
