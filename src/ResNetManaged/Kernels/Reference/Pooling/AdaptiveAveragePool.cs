using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Reference.Pooling;

/// <summary>Average over one window per output pixel, whatever the input's size (PyTorch's <c>adaptive_avg_pool2d</c>).</summary>
internal static unsafe class AdaptiveAveragePool
{
    /// <summary>
    /// Along each axis, output pixel o averages the input pixels from floor(o * in / out) to ceil((o + 1) * in / out) - 1. Sums are double.
    /// </summary>
    /// <param name="planes">N * C.</param>
    /// <param name="inputSize">H and W of the input, at least 1 each.</param>
    /// <param name="outputSize">H and W of the output, at least 0 each.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="output">[N, C, OH, OW]; overwritten; must not overlap the input.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is too small.</exception>
    /// <exception cref="ShapeMismatchException">A span's length does not match the sizes.</exception>
    public static void Forward(int planes, Size2D inputSize, Size2D outputSize, ReadOnlySpan<float> input, Span<float> output,
        ExecutionOptions options)
    {
        const string Operation = "AdaptiveAveragePool";
        Check.AtLeast(Operation, nameof(planes), planes, 0);
        Check.AtLeast(Operation, nameof(inputSize), inputSize.Height, 1, "input height");
        Check.AtLeast(Operation, nameof(inputSize), inputSize.Width, 1, "input width");
        Check.AtLeast(Operation, nameof(outputSize), outputSize.Height, 0, "output height");
        Check.AtLeast(Operation, nameof(outputSize), outputSize.Width, 0, "output width");
        Check.Length(Operation, nameof(input), input.Length, (long)planes * inputSize.Height * inputSize.Width);
        Check.Length(Operation, nameof(output), output.Length, (long)planes * outputSize.Height * outputSize.Width);
        fixed (float* x = input, y = output) ParallelLoop.For(planes, options.Threads, new Plane(inputSize, outputSize, x, y));
    }

    /// <summary>Adds the gradient of each output, divided by the number of pixels it averages, to the gradients of those pixels.</summary>
    /// <param name="planes">N * C.</param>
    /// <param name="inputSize">H and W of the input, at least 1 each.</param>
    /// <param name="outputSize">H and W of the output, at least 0 each.</param>
    /// <param name="outputGradient">[N, C, OH, OW].</param>
    /// <param name="inputGradient">[N, C, H, W]; added to; must not overlap any input.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="ShapeMismatchException">A span's length does not match the sizes.</exception>
    public static void Backward(int planes, Size2D inputSize, Size2D outputSize, ReadOnlySpan<float> outputGradient, Span<float> inputGradient,
        ExecutionOptions options)
    {
        const string Operation = "AdaptiveAveragePool backward";
        Check.Length(Operation, nameof(outputGradient), outputGradient.Length, (long)planes * outputSize.Height * outputSize.Width);
        Check.Length(Operation, nameof(inputGradient), inputGradient.Length, (long)planes * inputSize.Height * inputSize.Width);
        fixed (float* dy = outputGradient, dx = inputGradient)
            ParallelLoop.For(planes, options.Threads, new PlaneBackward(inputSize, outputSize, dy, dx));
    }

    private static (int Start, int End) Range(int output, int inputSize, int outputSize) =>
        ((int)((long)output * inputSize / outputSize), (int)Sizes.CeilingDivide((output + 1L) * inputSize, outputSize));

    private readonly struct Plane(Size2D inputSize, Size2D outputSize, float* input, float* output) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            ReadOnlySpan<float> plane = new(input + (nint)index * inputSize.Area, inputSize.Area);
            float* result = output + (nint)index * outputSize.Area;
            for (int oh = 0; oh < outputSize.Height; oh++)
            {
                (int top, int bottom) = Range(oh, inputSize.Height, outputSize.Height);
                for (int ow = 0; ow < outputSize.Width; ow++)
                {
                    (int left, int right) = Range(ow, inputSize.Width, outputSize.Width);
                    double count = (double)(bottom - top) * (right - left);
                    *result++ = (float)(PlaneSum.Of(plane, inputSize.Width, top, bottom, left, right) / count);
                }
            }
        }
    }

    private readonly struct PlaneBackward(Size2D inputSize, Size2D outputSize, float* outputGradient, float* inputGradient) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            float* plane = inputGradient + (nint)index * inputSize.Area, gradient = outputGradient + (nint)index * outputSize.Area;
            for (int oh = 0; oh < outputSize.Height; oh++)
            {
                (int top, int bottom) = Range(oh, inputSize.Height, outputSize.Height);
                for (int ow = 0; ow < outputSize.Width; ow++)
                {
                    (int left, int right) = Range(ow, inputSize.Width, outputSize.Width);
                    float share = (float)(*gradient++ / ((double)(bottom - top) * (right - left)));
                    for (int h = top; h < bottom; h++)
                        for (int w = left; w < right; w++) plane[h * inputSize.Width + w] += share;
                }
            }
        }
    }
}
