using System.Numerics;
using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Reference;

/// <summary>Batch normalization of [N, C, H, W]: each channel over N, H and W.</summary>
/// <remarks>Ioffe and Szegedy 2015, arXiv:1502.03167. Statistics are summed in double; NaN and infinities propagate.</remarks>
internal static unsafe class BatchNorm
{
    /// <summary>output = (input - mean) / sqrt(variance + eps) * weight + bias, per channel, computed as input * scale + shift.</summary>
    /// <param name="batch">N.</param>
    /// <param name="channels">C.</param>
    /// <param name="area">H * W.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="mean">[C].</param>
    /// <param name="variance">[C], biased if it is a batch's.</param>
    /// <param name="weight">[C], or empty for 1.</param>
    /// <param name="bias">[C], or empty for 0.</param>
    /// <param name="eps">Keeps the root away from 0.</param>
    /// <param name="output">[N, C, H, W]; overwritten; the input itself or disjoint from it.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="ShapeMismatchException">A span's length does not match the sizes.</exception>
    public static void Normalize(int batch, int channels, int area, ReadOnlySpan<float> input, ReadOnlySpan<float> mean,
        ReadOnlySpan<float> variance, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, float eps, Span<float> output,
        ExecutionOptions options)
    {
        CheckSizes(batch, channels, area, input);
        Check.Length("BatchNorm", nameof(mean), mean.Length, channels);
        Check.Length("BatchNorm", nameof(variance), variance.Length, channels);
        Check.LengthOrEmpty("BatchNorm", nameof(weight), weight.Length, channels);
        Check.LengthOrEmpty("BatchNorm", nameof(bias), bias.Length, channels);
        Check.Length("BatchNorm", nameof(output), output.Length, input.Length);

        using AlignedBuffer scratch = AlignedBuffer.Rent(2 * channels);
        float* scale = scratch.Pointer, shift = scale + channels;
        for (int c = 0; c < channels; c++)
        {
            double factor = (weight.IsEmpty ? 1.0 : weight[c]) / Math.Sqrt((double)variance[c] + eps);
            scale[c] = (float)factor;
            shift[c] = (float)((bias.IsEmpty ? 0.0 : bias[c]) - mean[c] * factor);
        }
        fixed (float* x = input, y = output)
            ParallelLoop.For(batch * channels, options.Threads, new NormalizePlane(channels, area, x, scale, shift, y));
    }

    /// <summary>The mean and the biased variance of each channel over N, H and W; two passes.</summary>
    /// <param name="batch">N.</param>
    /// <param name="channels">C.</param>
    /// <param name="area">H * W.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="mean">[C], overwritten.</param>
    /// <param name="variance">[C], overwritten.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="ShapeMismatchException">
    /// A span's length does not match the sizes, or a channel has fewer than two values.
    /// </exception>
    public static void BatchStatistics(int batch, int channels, int area, ReadOnlySpan<float> input, Span<float> mean, Span<float> variance,
        ExecutionOptions options)
    {
        CheckSizes(batch, channels, area, input);
        Check.Length("BatchNorm", nameof(mean), mean.Length, channels);
        Check.Length("BatchNorm", nameof(variance), variance.Length, channels);
        if ((long)batch * area <= 1)
        {
            throw new ShapeMismatchException(
                $"BatchNorm: training needs more than 1 value per channel; N = {batch} with H * W = {area} has {batch * area}.");
        }
        fixed (float* x = input, m = mean, v = variance)
            ParallelLoop.For(channels, options.Threads, new ChannelStatistics(batch, channels, area, x, m, v));
    }

    /// <summary>running = (1 - momentum) * running + momentum * batch statistic, with the unbiased variance.</summary>
    /// <param name="mean">[C], the batch's.</param>
    /// <param name="variance">[C], the batch's, biased.</param>
    /// <param name="count">Values per channel, N * H * W, at least 2.</param>
    /// <param name="momentum">The weight of the new batch.</param>
    /// <param name="runningMean">[C], updated.</param>
    /// <param name="runningVariance">[C], updated.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than two values per channel.</exception>
    /// <exception cref="ShapeMismatchException">Lengths differ.</exception>
    public static void UpdateRunning(ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, int count, double momentum,
        Span<float> runningMean, Span<float> runningVariance)
    {
        Check.AtLeast("BatchNorm", nameof(count), count, 2, "values per channel");
        Check.Length("BatchNorm", nameof(variance), variance.Length, mean.Length);
        Check.Length("BatchNorm", nameof(runningMean), runningMean.Length, mean.Length);
        Check.Length("BatchNorm", nameof(runningVariance), runningVariance.Length, mean.Length);
        double unbiased = count / (count - 1.0);
        for (int c = 0; c < mean.Length; c++)
        {
            runningMean[c] = (float)((1 - momentum) * runningMean[c] + momentum * mean[c]);
            runningVariance[c] = (float)((1 - momentum) * runningVariance[c] + momentum * unbiased * variance[c]);
        }
    }

    private static void CheckSizes(int batch, int channels, int area, ReadOnlySpan<float> input)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfNegative(channels);
        ArgumentOutOfRangeException.ThrowIfNegative(area);
        Check.Length("BatchNorm", nameof(input), input.Length, (long)batch * channels * area);
    }

    private readonly struct NormalizePlane(int channels, int area, float* input, float* scale, float* shift, float* output) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            float* x = input + (nint)index * area, y = output + (nint)index * area;
            float a = scale[index % channels], b = shift[index % channels];
            Vector<float> factor = new(a), addend = new(b);
            int i = 0;
            for (; i <= area - Vector<float>.Count; i += Vector<float>.Count)
                Vector.MultiplyAddEstimate(Vector.Load(x + i), factor, addend).Store(y + i);
            for (; i < area; i++) y[i] = float.MultiplyAddEstimate(x[i], a, b);
        }
    }

    private readonly struct ChannelStatistics(int batch, int channels, int area, float* input, float* mean, float* variance) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int channel)
        {
            double count = (double)batch * area, sum = 0, squares = 0;
            for (int n = 0; n < batch; n++) sum += PlaneSum.Of(Plane(n, channel));
            double center = sum / count;
            for (int n = 0; n < batch; n++) squares += PlaneSum.OfSquaredDeviations(Plane(n, channel), center);
            mean[channel] = (float)center;
            variance[channel] = (float)(squares / count);
        }

        private ReadOnlySpan<float> Plane(int n, int channel) => new(input + ((nint)n * channels + channel) * area, area);
    }
}
