using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Reference.Channels;

/// <summary>y = x * scale with one scale for each channel of [N, C, H, W]. Any length, 0 included; NaN and infinities propagate.</summary>
internal static unsafe class ScaleKernel
{
    /// <summary>Computes y.</summary>
    /// <param name="batch">N.</param>
    /// <param name="area">H * W.</param>
    /// <param name="source">x, [N, C, H, W].</param>
    /// <param name="scales">[C].</param>
    /// <param name="destination">y; x itself or disjoint from it.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="Tensors.ShapeMismatchException">A span's length does not match the given sizes.</exception>
    /// <exception cref="ArgumentException">The spans overlap without starting at the same element.</exception>
    public static void Forward(int batch, int area, ReadOnlySpan<float> source, ReadOnlySpan<float> scales, Span<float> destination,
        ExecutionOptions options)
    {
        Check.Length("Scale", nameof(source), source.Length, (long)batch * scales.Length * area);
        Check.Length("Scale", nameof(destination), destination.Length, source.Length);
        Check.SameStartOrDisjoint("Scale", nameof(source), source, destination);
        fixed (float* x = source, s = scales, y = destination)
            ParallelLoop.For(batch * scales.Length, options.Threads, new ForwardPlane(scales.Length, area, x, s, y));
    }

    /// <summary>Adds the gradients: dy * scale to that of x, and a channel's sum of dy * x, in double, to that of its scale.</summary>
    /// <param name="batch">N.</param>
    /// <param name="area">H * W.</param>
    /// <param name="input">x, [N, C, H, W].</param>
    /// <param name="scales">[C].</param>
    /// <param name="outputGradient">dy, [N, C, H, W].</param>
    /// <param name="inputGradient">[N, C, H, W].</param>
    /// <param name="scaleGradients">[C], or empty if they are not wanted.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="Tensors.ShapeMismatchException">A span's length does not match the given sizes.</exception>
    public static void Backward(int batch, int area, ReadOnlySpan<float> input, ReadOnlySpan<float> scales, ReadOnlySpan<float> outputGradient,
        Span<float> inputGradient, Span<float> scaleGradients, ExecutionOptions options)
    {
        Check.Length("Scale backward", nameof(input), input.Length, (long)batch * scales.Length * area);
        Check.Length("Scale backward", nameof(outputGradient), outputGradient.Length, input.Length);
        Check.Length("Scale backward", nameof(inputGradient), inputGradient.Length, input.Length);
        Check.LengthOrEmpty("Scale backward", nameof(scaleGradients), scaleGradients.Length, scales.Length);
        fixed (float* x = input, s = scales, dy = outputGradient, dx = inputGradient, ds = scaleGradients)
            ParallelLoop.For(scales.Length, options.Threads, new BackwardChannel(batch, scales.Length, area, x, s, dy, dx, ds));
    }

    private readonly struct ForwardPlane(int channels, int area, float* source, float* scales, float* destination) : IWork
    {
        public void Run(int plane) => TensorPrimitives.Multiply(new ReadOnlySpan<float>(source + (nint)plane * area, area), scales[plane % channels],
            new Span<float>(destination + (nint)plane * area, area));
    }

    private readonly struct BackwardChannel(int batch, int channels, int area, float* input, float* scales, float* outputGradient,
        float* inputGradient, float* scaleGradients) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int channel)
        {
            double sum = 0;
            for (int n = 0; n < batch; n++)
            {
                nint i = ((nint)n * channels + channel) * area, end = i + area;
                for (; i < end; i++)
                {
                    sum += (double)outputGradient[i] * input[i];
                    inputGradient[i] += scales[channel] * outputGradient[i];
                }
            }
            if (scaleGradients != null) scaleGradients[channel] += (float)sum;
        }
    }
}
