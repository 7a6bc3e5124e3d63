using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Reference.Pooling;

/// <summary>The blur of <see cref="BlurWindow"/> at every stride-th pixel. Sums are double; NaN and infinities propagate.</summary>
internal static unsafe class BlurPool
{
    /// <summary>Computes y.</summary>
    /// <param name="geometry">All sizes: a window of 3 x 3 with padding 1, on planes of at least 2 x 2 pixels.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="output">[N, C, OH, OW]; overwritten; must not overlap the input.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="ShapeMismatchException">A span's length does not match the geometry.</exception>
    public static void Forward(in PoolGeometry geometry, ReadOnlySpan<float> input, Span<float> output, ExecutionOptions options)
    {
        Check.Length("BlurPool", nameof(input), input.Length, geometry.InputLength);
        Check.Length("BlurPool", nameof(output), output.Length, geometry.OutputLength);
        fixed (float* x = input, y = output)
            ParallelLoop.For(geometry.Planes, options.Threads, new Plane(geometry, x, y, isGradient: false));
    }

    /// <summary>Adds each window's gradient, times the weights, to the gradients of its pixels.</summary>
    /// <param name="geometry">All sizes.</param>
    /// <param name="outputGradient">[N, C, OH, OW].</param>
    /// <param name="inputGradient">[N, C, H, W]; added to; must not overlap any input.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="ShapeMismatchException">A span's length does not match the geometry.</exception>
    public static void Backward(in PoolGeometry geometry, ReadOnlySpan<float> outputGradient, Span<float> inputGradient, ExecutionOptions options)
    {
        Check.Length("BlurPool backward", nameof(outputGradient), outputGradient.Length, geometry.OutputLength);
        Check.Length("BlurPool backward", nameof(inputGradient), inputGradient.Length, geometry.InputLength);
        fixed (float* dy = outputGradient, dx = inputGradient)
            ParallelLoop.For(geometry.Planes, options.Threads, new Plane(geometry, dx, dy, isGradient: true));
    }

    private readonly struct Plane(PoolGeometry geometry, float* inputs, float* outputs, bool isGradient) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            float* plane = inputs + (nint)index * geometry.Input.Area, result = outputs + (nint)index * geometry.Output.Area;
            for (int oh = 0; oh < geometry.Output.Height; oh++)
            {
                for (int ow = 0; ow < geometry.Output.Width; ow++, result++)
                {
                    double sum = 0;
                    for (int kh = 0; kh < BlurWindow.Size; kh++)
                    {
                        float* row = plane + BlurWindow.Pixel(oh * geometry.Stride.Height - BlurWindow.Padding, kh, geometry.Input.Height) * geometry.Input.Width;
                        for (int kw = 0; kw < BlurWindow.Size; kw++)
                        {
                            float* pixel = row + BlurWindow.Pixel(ow * geometry.Stride.Width - BlurWindow.Padding, kw, geometry.Input.Width);
                            float weight = BlurWindow.Weight(kh) * BlurWindow.Weight(kw);
                            if (isGradient) *pixel += *result * weight;
                            else sum += (double)*pixel * weight;
                        }
                    }
                    if (!isGradient) *result = (float)sum;
                }
            }
        }
    }
}
