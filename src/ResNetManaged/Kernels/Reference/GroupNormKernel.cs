using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Reference;

/// <summary>Group normalization of [N, C, H, W]: in each image, each group over its channels, H and W.</summary>
/// <remarks>Wu and He 2018, arXiv:1803.08494. Statistics and sums are double; NaN and infinities propagate.</remarks>
internal static unsafe class GroupNormKernel
{
    /// <summary>output = (input - mean) / sqrt(variance + eps) * weight + bias, computed as input * scale + shift.</summary>
    /// <param name="batch">N.</param>
    /// <param name="channels">C, a multiple of <paramref name="groups"/>.</param>
    /// <param name="area">H * W.</param>
    /// <param name="groups">How many groups of neighboring channels there are.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="weight">[C], or empty for 1.</param>
    /// <param name="bias">[C], or empty for 0.</param>
    /// <param name="eps">Keeps the root away from 0.</param>
    /// <param name="output">[N, C, H, W]; overwritten; the input itself or disjoint from it.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="Tensors.ShapeMismatchException">A span's length does not match the sizes.</exception>
    /// <exception cref="ArgumentException">The output overlaps the input, shifted.</exception>
    public static void Forward(int batch, int channels, int area, int groups, ReadOnlySpan<float> input, ReadOnlySpan<float> weight,
        ReadOnlySpan<float> bias, double eps, Span<float> output, ExecutionOptions options)
    {
        const string Kernel = "GroupNorm";
        Check.Length(Kernel, nameof(input), input.Length, (long)batch * channels * area);
        Check.LengthOrEmpty(Kernel, nameof(weight), weight.Length, channels);
        Check.LengthOrEmpty(Kernel, nameof(bias), bias.Length, channels);
        Check.Length(Kernel, nameof(output), output.Length, input.Length);
        Check.SameStartOrDisjoint(Kernel, nameof(input), input, output);
        fixed (float* x = input, w = weight, b = bias, y = output)
            ParallelLoop.For(batch * groups, options.Threads, new ForwardGroup(channels / groups, area, groups, eps, x, w, b, y));
    }

    /// <summary>Adds the gradients; an empty one is not computed.</summary>
    /// <param name="batch">N.</param>
    /// <param name="channels">C, a multiple of <paramref name="groups"/>.</param>
    /// <param name="area">H * W.</param>
    /// <param name="groups">How many groups of neighboring channels there are.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="weight">[C], or empty for 1.</param>
    /// <param name="eps">Keeps the root away from 0.</param>
    /// <param name="outputGradient">[N, C, H, W].</param>
    /// <param name="inputGradient">[N, C, H, W], added to. No gradient may overlap another or any input.</param>
    /// <param name="weightGradient">[C], added to; or empty.</param>
    /// <param name="biasGradient">[C], added to; or empty.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="Tensors.ShapeMismatchException">A span's length does not match the sizes.</exception>
    public static void Backward(int batch, int channels, int area, int groups, ReadOnlySpan<float> input, ReadOnlySpan<float> weight, double eps,
        ReadOnlySpan<float> outputGradient, Span<float> inputGradient, Span<float> weightGradient, Span<float> biasGradient, ExecutionOptions options)
    {
        const string Kernel = "GroupNorm backward";
        Check.Length(Kernel, nameof(input), input.Length, (long)batch * channels * area);
        Check.LengthOrEmpty(Kernel, nameof(weight), weight.Length, channels);
        Check.Length(Kernel, nameof(outputGradient), outputGradient.Length, input.Length);
        Check.Length(Kernel, nameof(inputGradient), inputGradient.Length, input.Length);
        Check.LengthOrEmpty(Kernel, nameof(weightGradient), weightGradient.Length, channels);
        Check.LengthOrEmpty(Kernel, nameof(biasGradient), biasGradient.Length, channels);
        const int DoubleFloats = sizeof(double) / sizeof(float);
        using AlignedBuffer buffer = AlignedBuffer.Rent(checked(2 * batch * channels * DoubleFloats));
        double* sums = (double*)buffer.Pointer, products = sums + (nint)batch * channels; // [N, C] each
        fixed (float* x = input, w = weight, dy = outputGradient, dx = inputGradient)
        {
            ParallelLoop.For(batch * groups, options.Threads, new BackwardGroup(channels / groups, area, groups, eps)
            {
                Input = x,
                Weight = w,
                OutputGradient = dy,
                InputGradient = dx,
                Sums = sums,
                Products = products,
            });
        }
        AddOverImages(batch, channels, sums, biasGradient);
        AddOverImages(batch, channels, products, weightGradient);
    }

    private static void AddOverImages(int batch, int channels, double* terms, Span<float> gradient)
    {
        for (int c = 0; c < gradient.Length; c++)
        {
            double sum = 0;
            for (int n = 0; n < batch; n++) sum += terms[(nint)n * channels + c];
            gradient[c] += (float)sum;
        }
    }

    /// <summary>The mean of a group, and 1 / sqrt(variance + eps) with its biased variance; two passes.</summary>
    private static (double Mean, double Reciprocal) Statistics(float* group, int length, double eps)
    {
        ReadOnlySpan<float> values = new(group, length);
        double mean = PlaneSum.Of(values) / length;
        return (mean, 1 / Math.Sqrt(PlaneSum.OfSquaredDeviations(values, mean) / length + eps));
    }

    private readonly struct ForwardGroup(int width, int area, int groups, double eps, float* input, float* weight, float* bias, float* output) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            int length = width * area, first = index % groups * width;
            float* x = input + (nint)index * length, y = output + (nint)index * length;
            (double mean, double reciprocal) = Statistics(x, length, eps);
            for (int c = 0; c < width; c++, x += area, y += area)
            {
                double factor = (weight == null ? 1.0 : weight[first + c]) * reciprocal;
                float scale = (float)factor, shift = (float)((bias == null ? 0.0 : bias[first + c]) - mean * factor);
                for (int i = 0; i < area; i++) y[i] = float.MultiplyAddEstimate(x[i], scale, shift);
            }
        }
    }

    private readonly struct BackwardGroup(int width, int area, int groups, double eps) : IWork
    {
        public float* Input { get; init; }

        public float* Weight { get; init; } // or null

        public float* OutputGradient { get; init; }

        public float* InputGradient { get; init; }

        public double* Sums { get; init; } // of dy, for each image and channel

        public double* Products { get; init; } // of dy * z

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            int length = width * area, first = index % groups * width;
            nint start = (nint)index * length, channel = (nint)index * width;
            (double mean, double reciprocal) = Statistics(Input + start, length, eps);
            double meanGradient = 0, slope = 0; // of dy * weight, and of dy * weight * z
            for (int c = 0; c < width; c++)
            {
                double sum = 0, product = 0;
                for (nint i = start + (nint)c * area; i < start + (nint)(c + 1) * area; i++)
                {
                    sum += OutputGradient[i];
                    product += OutputGradient[i] * ((Input[i] - mean) * reciprocal);
                }
                Sums[channel + c] = sum;
                Products[channel + c] = product;
                double weight = Weight == null ? 1 : Weight[first + c];
                meanGradient += weight * sum / length;
                slope += weight * product / length;
            }
            for (int c = 0; c < width; c++)
            {
                double weight = Weight == null ? 1 : Weight[first + c];
                for (nint i = start + (nint)c * area; i < start + (nint)(c + 1) * area; i++)
                    InputGradient[i] += (float)(reciprocal * (weight * OutputGradient[i] - meanGradient - (Input[i] - mean) * reciprocal * slope));
            }
        }
    }
}
