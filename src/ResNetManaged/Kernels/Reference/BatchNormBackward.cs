using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Reference;

/// <summary>The gradients of <see cref="BatchNorm"/>: Ioffe and Szegedy 2015, arXiv:1502.03167, section 3. Sums are double.</summary>
internal static unsafe class BatchNormBackward
{
    /// <summary>Adds the gradients; an empty one is not computed.</summary>
    /// <param name="batch">N.</param>
    /// <param name="channels">C.</param>
    /// <param name="area">H * W.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="mean">[C], what the forward pass subtracted.</param>
    /// <param name="variance">[C], whose square root it divided by.</param>
    /// <param name="ofBatch">Whether mean and variance are those of this input, and so depend on it.</param>
    /// <param name="weight">[C], or empty for 1.</param>
    /// <param name="eps">Keeps the root away from 0.</param>
    /// <param name="outputGradient">[N, C, H, W].</param>
    /// <param name="inputGradient">[N, C, H, W], added to. No gradient may overlap another or any input.</param>
    /// <param name="weightGradient">[C], added to; or empty.</param>
    /// <param name="biasGradient">[C], added to; or empty.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="Tensors.ShapeMismatchException">A span's length does not match the sizes.</exception>
    public static void Run(int batch, int channels, int area, ReadOnlySpan<float> input, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance,
        bool ofBatch, ReadOnlySpan<float> weight, float eps, ReadOnlySpan<float> outputGradient, Span<float> inputGradient,
        Span<float> weightGradient, Span<float> biasGradient, ExecutionOptions options)
    {
        const string Kernel = "BatchNorm backward";
        Check.Length(Kernel, nameof(input), input.Length, (long)batch * channels * area);
        Check.Length(Kernel, nameof(mean), mean.Length, channels);
        Check.Length(Kernel, nameof(variance), variance.Length, channels);
        Check.LengthOrEmpty(Kernel, nameof(weight), weight.Length, channels);
        Check.Length(Kernel, nameof(outputGradient), outputGradient.Length, input.Length);
        Check.Length(Kernel, nameof(inputGradient), inputGradient.Length, input.Length);
        Check.LengthOrEmpty(Kernel, nameof(weightGradient), weightGradient.Length, channels);
        Check.LengthOrEmpty(Kernel, nameof(biasGradient), biasGradient.Length, channels);
        fixed (float* x = input, m = mean, v = variance, w = weight, dy = outputGradient, dx = inputGradient, dw = weightGradient, db = biasGradient)
        {
            ParallelLoop.For(channels, options.Threads, new Channel(batch, channels, area, ofBatch, eps)
            {
                Input = x,
                Mean = m,
                Variance = v,
                Weight = w,
                OutputGradient = dy,
                InputGradient = dx,
                WeightGradient = dw,
                BiasGradient = db,
            });
        }
    }

    private readonly struct Channel(int batch, int channels, int area, bool ofBatch, float eps) : IWork
    {
        public float* Input { get; init; }

        public float* Mean { get; init; }

        public float* Variance { get; init; }

        public float* Weight { get; init; } // or null

        public float* OutputGradient { get; init; }

        public float* InputGradient { get; init; }

        public float* WeightGradient { get; init; } // or null

        public float* BiasGradient { get; init; } // or null

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int channel)
        {
            double mean = Mean[channel], reciprocal = 1 / Math.Sqrt((double)Variance[channel] + eps), sum = 0, product = 0;
            for (int n = 0; n < batch; n++)
            {
                nint plane = Plane(n, channel);
                for (nint i = plane; i < plane + area; i++)
                {
                    sum += OutputGradient[i];
                    product += OutputGradient[i] * ((Input[i] - mean) * reciprocal);
                }
            }
            if (BiasGradient is not null) BiasGradient[channel] += (float)sum;
            if (WeightGradient is not null) WeightGradient[channel] += (float)product;

            double scale = reciprocal * (Weight is null ? 1 : Weight[channel]), count = (double)batch * area;
            double meanGradient = ofBatch ? sum / count : 0, slope = ofBatch ? product / count : 0;
            for (int n = 0; n < batch; n++)
            {
                nint plane = Plane(n, channel);
                for (nint i = plane; i < plane + area; i++)
                    InputGradient[i] += (float)(scale * (OutputGradient[i] - meanGradient - (Input[i] - mean) * reciprocal * slope));
            }
        }

        private nint Plane(int n, int channel) => ((nint)n * channels + channel) * area;
    }
}
