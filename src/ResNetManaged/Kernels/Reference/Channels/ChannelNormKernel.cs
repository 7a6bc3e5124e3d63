using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Reference.Channels;

/// <summary>Layer normalization of [N, C, H, W] over the channels of each pixel.</summary>
/// <remarks>Ba, Kiros and Hinton 2016, arXiv:1607.06450. Statistics and sums are double; NaN and infinities propagate.</remarks>
internal static unsafe class ChannelNormKernel
{
    /// <summary>output = (input - mean) / sqrt(variance + eps) * weight + bias.</summary>
    /// <param name="batch">N.</param>
    /// <param name="channels">C.</param>
    /// <param name="area">H * W.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="weight">[C], or empty for 1.</param>
    /// <param name="bias">[C], or empty for 0.</param>
    /// <param name="eps">Keeps the root away from 0.</param>
    /// <param name="output">[N, C, H, W]; overwritten; the input itself or disjoint from it.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="Tensors.ShapeMismatchException">A span's length does not match the sizes.</exception>
    /// <exception cref="ArgumentException">The output overlaps the input, shifted.</exception>
    public static void Forward(int batch, int channels, int area, ReadOnlySpan<float> input, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias,
        double eps, Span<float> output, ExecutionOptions options)
    {
        const string Kernel = "ChannelNorm";
        Check.Length(Kernel, nameof(input), input.Length, (long)batch * channels * area);
        Check.LengthOrEmpty(Kernel, nameof(weight), weight.Length, channels);
        Check.LengthOrEmpty(Kernel, nameof(bias), bias.Length, channels);
        Check.Length(Kernel, nameof(output), output.Length, input.Length);
        Check.SameStartOrDisjoint(Kernel, nameof(input), input, output);
        fixed (float* x = input, w = weight, b = bias, y = output)
            ParallelLoop.For(batch * area, options.Threads, new ForwardPixel(channels, area, eps, x, w, b, y));
    }

    /// <summary>Adds the gradients; an empty one is not computed.</summary>
    /// <param name="batch">N.</param>
    /// <param name="channels">C.</param>
    /// <param name="area">H * W.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="weight">[C], or empty for 1.</param>
    /// <param name="eps">Keeps the root away from 0.</param>
    /// <param name="outputGradient">[N, C, H, W].</param>
    /// <param name="inputGradient">[N, C, H, W], added to. No gradient may overlap another or any input.</param>
    /// <param name="weightGradient">[C], added to; or empty.</param>
    /// <param name="biasGradient">[C], added to; or empty.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="Tensors.ShapeMismatchException">A span's length does not match the sizes.</exception>
    public static void Backward(int batch, int channels, int area, ReadOnlySpan<float> input, ReadOnlySpan<float> weight, double eps,
        ReadOnlySpan<float> outputGradient, Span<float> inputGradient, Span<float> weightGradient, Span<float> biasGradient, ExecutionOptions options)
    {
        const string Kernel = "ChannelNorm backward";
        Check.Length(Kernel, nameof(input), input.Length, (long)batch * channels * area);
        Check.LengthOrEmpty(Kernel, nameof(weight), weight.Length, channels);
        Check.Length(Kernel, nameof(outputGradient), outputGradient.Length, input.Length);
        Check.Length(Kernel, nameof(inputGradient), inputGradient.Length, input.Length);
        Check.LengthOrEmpty(Kernel, nameof(weightGradient), weightGradient.Length, channels);
        Check.LengthOrEmpty(Kernel, nameof(biasGradient), biasGradient.Length, channels);
        const int DoubleFloats = sizeof(double) / sizeof(float);
        using AlignedBuffer buffer = AlignedBuffer.Rent(checked(2 * batch * area * DoubleFloats));
        double* means = (double*)buffer.Pointer, reciprocals = means + (nint)batch * area; // of each pixel
        fixed (float* x = input, w = weight, dy = outputGradient, dx = inputGradient, dw = weightGradient, db = biasGradient)
        {
            ParallelLoop.For(batch * area, options.Threads, new BackwardPixel(channels, area, eps, x, w, dy, dx, means, reciprocals));
            if (dw != null || db != null)
                ParallelLoop.For(channels, options.Threads, new BackwardChannel(batch, channels, area, x, dy, means, reciprocals, dw, db));
        }
    }

    /// <summary>The mean of a pixel's channels, and 1 / sqrt(variance + eps) with their biased variance; two passes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (double Mean, double Reciprocal) Statistics(float* pixel, int channels, int area, double eps)
    {
        double sum = 0, squares = 0;
        for (nint c = 0; c < channels; c++) sum += pixel[c * area];
        double mean = sum / channels;
        for (nint c = 0; c < channels; c++)
        {
            double deviation = pixel[c * area] - mean;
            squares += deviation * deviation;
        }
        return (mean, 1 / Math.Sqrt(squares / channels + eps));
    }

    private static nint FirstElement(int index, int channels, int area) => (nint)(index / area) * channels * area + index % area;

    private readonly struct ForwardPixel(int channels, int area, double eps, float* input, float* weight, float* bias, float* output) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            nint first = FirstElement(index, channels, area);
            (double mean, double reciprocal) = Statistics(input + first, channels, area, eps);
            for (int c = 0; c < channels; c++)
            {
                nint i = first + (nint)c * area;
                output[i] = (float)((input[i] - mean) * reciprocal * (weight == null ? 1 : weight[c]) + (bias == null ? 0 : bias[c]));
            }
        }
    }

    private readonly struct BackwardPixel(int channels, int area, double eps, float* input, float* weight, float* outputGradient,
        float* inputGradient, double* means, double* reciprocals) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            nint first = FirstElement(index, channels, area);
            (double mean, double reciprocal) = Statistics(input + first, channels, area, eps);
            means[index] = mean;
            reciprocals[index] = reciprocal;
            double meanGradient = 0, slope = 0; // of weight * dy, and of weight * dy * z
            for (int c = 0; c < channels; c++)
            {
                nint i = first + (nint)c * area;
                double scaled = outputGradient[i] * (weight == null ? 1.0 : weight[c]);
                meanGradient += scaled / channels;
                slope += scaled * ((input[i] - mean) * reciprocal) / channels;
            }
            for (int c = 0; c < channels; c++)
            {
                nint i = first + (nint)c * area;
                double scaled = outputGradient[i] * (weight == null ? 1.0 : weight[c]);
                inputGradient[i] += (float)(reciprocal * (scaled - meanGradient - (input[i] - mean) * reciprocal * slope));
            }
        }
    }

    private readonly struct BackwardChannel(int batch, int channels, int area, float* input, float* outputGradient, double* means,
        double* reciprocals, float* weightGradient, float* biasGradient) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int channel)
        {
            double sum = 0, product = 0;
            for (int n = 0; n < batch; n++)
            {
                nint first = ((nint)n * channels + channel) * area, pixel = (nint)n * area;
                for (int i = 0; i < area; i++)
                {
                    sum += outputGradient[first + i];
                    product += outputGradient[first + i] * ((input[first + i] - means[pixel + i]) * reciprocals[pixel + i]);
                }
            }
            if (weightGradient != null) weightGradient[channel] += (float)product;
            if (biasGradient != null) biasGradient[channel] += (float)sum;
        }
    }
}
