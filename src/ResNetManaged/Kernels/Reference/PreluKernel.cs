using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Reference;

/// <summary>y = x for x above 0, else slope * x, with one slope for each channel of [outer, channels, inner].</summary>
/// <remarks>He et al. 2015, arXiv:1502.01852. One slope for all elements counts as one channel.</remarks>
internal static unsafe class PreluKernel
{
    /// <summary>Computes y.</summary>
    /// <param name="outer">N.</param>
    /// <param name="inner">H * W.</param>
    /// <param name="source">x, [N, C, H, W].</param>
    /// <param name="slopes">[C].</param>
    /// <param name="destination">y; x itself or disjoint from it.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="Tensors.ShapeMismatchException">A span's length does not match the given sizes.</exception>
    /// <exception cref="ArgumentException">The spans overlap without starting at the same element.</exception>
    public static void Forward(int outer, int inner, ReadOnlySpan<float> source, ReadOnlySpan<float> slopes, Span<float> destination,
        ExecutionOptions options)
    {
        Check.Length("Prelu", nameof(source), source.Length, (long)outer * slopes.Length * inner);
        Check.Length("Prelu", nameof(destination), destination.Length, source.Length);
        Check.SameStartOrDisjoint("Prelu", nameof(source), source, destination);
        fixed (float* x = source, s = slopes, y = destination)
            ParallelLoop.For(outer * slopes.Length, options.Threads, new ForwardPlane(slopes.Length, inner, x, s, y));
    }

    /// <summary>
    /// Adds the gradients: dy times 1 or the slope to that of x, and the sum of dy * x over the x that are not above 0 to that of a slope.
    /// </summary>
    /// <param name="outer">N.</param>
    /// <param name="inner">H * W.</param>
    /// <param name="input">x, [N, C, H, W].</param>
    /// <param name="slopes">[C].</param>
    /// <param name="outputGradient">dy, [N, C, H, W].</param>
    /// <param name="inputGradient">[N, C, H, W].</param>
    /// <param name="slopeGradients">[C], or empty if they are not wanted. Sums are double.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="Tensors.ShapeMismatchException">A span's length does not match the given sizes.</exception>
    public static void Backward(int outer, int inner, ReadOnlySpan<float> input, ReadOnlySpan<float> slopes, ReadOnlySpan<float> outputGradient,
        Span<float> inputGradient, Span<float> slopeGradients, ExecutionOptions options)
    {
        Check.Length("Prelu backward", nameof(input), input.Length, (long)outer * slopes.Length * inner);
        Check.Length("Prelu backward", nameof(outputGradient), outputGradient.Length, input.Length);
        Check.Length("Prelu backward", nameof(inputGradient), inputGradient.Length, input.Length);
        Check.LengthOrEmpty("Prelu backward", nameof(slopeGradients), slopeGradients.Length, slopes.Length);
        fixed (float* x = input, s = slopes, dy = outputGradient, dx = inputGradient, ds = slopeGradients)
            ParallelLoop.For(slopes.Length, options.Threads, new BackwardChannel(outer, slopes.Length, inner, x, s, dy, dx, ds));
    }

    private readonly struct ForwardPlane(int channels, int inner, float* source, float* slopes, float* destination) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int plane)
        {
            float slope = slopes[plane % channels];
            nint i = (nint)plane * inner, end = i + inner;
            for (; i < end; i++) destination[i] = source[i] > 0 ? source[i] : slope * source[i];
        }
    }

    private readonly struct BackwardChannel(int outer, int channels, int inner, float* input, float* slopes, float* outputGradient,
        float* inputGradient, float* slopeGradients) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int channel)
        {
            double sum = 0;
            for (int n = 0; n < outer; n++)
            {
                nint i = ((nint)n * channels + channel) * inner, end = i + inner;
                for (; i < end; i++)
                {
                    bool isPositive = input[i] > 0;
                    if (!isPositive) sum += (double)outputGradient[i] * input[i];
                    inputGradient[i] += isPositive ? outputGradient[i] : slopes[channel] * outputGradient[i];
                }
            }
            if (slopeGradients != null) slopeGradients[channel] += (float)sum;
        }
    }
}
