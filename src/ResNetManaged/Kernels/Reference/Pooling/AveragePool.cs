using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Reference.Pooling;

/// <summary>Average over windows. Sums are double; NaN and infinities propagate.</summary>
internal static unsafe class AveragePool
{
    /// <summary>output[n, c, oh, ow] = the sum of its window divided by the number of pixels that count.</summary>
    /// <param name="geometry">All sizes; an average has no dilation.</param>
    /// <param name="countIncludePad">
    /// Whether the padding counts as pixels of value 0. Whatever a ceil-mode window covers beyond the padding never counts.
    /// </param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="output">[N, C, OH, OW]; overwritten; must not overlap the input.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="ShapeMismatchException">A span's length does not match the geometry.</exception>
    /// <exception cref="ArgumentException">The geometry is dilated.</exception>
    public static void Forward(in PoolGeometry geometry, bool countIncludePad, ReadOnlySpan<float> input, Span<float> output,
        ExecutionOptions options)
    {
        if (geometry.Dilation != 1)
            throw new ArgumentException($"AveragePool: dilation is {geometry.Dilation}; an average has none.", nameof(geometry));
        Check.Length("AveragePool", nameof(input), input.Length, geometry.InputLength);
        Check.Length("AveragePool", nameof(output), output.Length, geometry.OutputLength);
        fixed (float* x = input, y = output)
            ParallelLoop.For(geometry.Planes, options.Threads, new Plane(geometry, countIncludePad, x, y));
    }

    /// <summary>Adds the gradient of each output, divided by the number of pixels that count, to the gradients of the pixels of its window.</summary>
    /// <param name="geometry">All sizes; an average has no dilation.</param>
    /// <param name="countIncludePad">Whether the padding counts as pixels.</param>
    /// <param name="outputGradient">[N, C, OH, OW].</param>
    /// <param name="inputGradient">[N, C, H, W]; added to; must not overlap any input.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="ShapeMismatchException">A span's length does not match the geometry.</exception>
    public static void Backward(in PoolGeometry geometry, bool countIncludePad, ReadOnlySpan<float> outputGradient, Span<float> inputGradient,
        ExecutionOptions options)
    {
        Check.Length("AveragePool backward", nameof(outputGradient), outputGradient.Length, geometry.OutputLength);
        Check.Length("AveragePool backward", nameof(inputGradient), inputGradient.Length, geometry.InputLength);
        fixed (float* dy = outputGradient, dx = inputGradient)
            ParallelLoop.For(geometry.Planes, options.Threads, new PlaneBackward(geometry, countIncludePad, dy, dx));
    }

    private readonly struct Plane(PoolGeometry geometry, bool countIncludePad, float* input, float* output) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            int width = geometry.Input.Width;
            ReadOnlySpan<float> plane = new(input + (nint)index * geometry.Input.Area, geometry.Input.Area);
            float* result = output + (nint)index * geometry.Output.Area;
            for (int oh = 0; oh < geometry.Output.Height; oh++)
            {
                PoolRange rows = PoolRange.OfRows(geometry, oh);
                for (int ow = 0; ow < geometry.Output.Width; ow++)
                {
                    PoolRange columns = PoolRange.OfColumns(geometry, ow);
                    double count = PoolRange.Count(rows, columns, countIncludePad);
                    *result++ = (float)(PlaneSum.Of(plane, width, rows.Start, rows.End, columns.Start, columns.End) / count);
                }
            }
        }
    }

    private readonly struct PlaneBackward(PoolGeometry geometry, bool countIncludePad, float* outputGradient, float* inputGradient) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            float* plane = inputGradient + (nint)index * geometry.Input.Area, gradient = outputGradient + (nint)index * geometry.Output.Area;
            for (int oh = 0; oh < geometry.Output.Height; oh++)
            {
                PoolRange rows = PoolRange.OfRows(geometry, oh);
                for (int ow = 0; ow < geometry.Output.Width; ow++)
                {
                    PoolRange columns = PoolRange.OfColumns(geometry, ow);
                    float share = (float)(*gradient++ / PoolRange.Count(rows, columns, countIncludePad));
                    for (int h = rows.Start; h < rows.End; h++)
                        for (int w = columns.Start; w < columns.End; w++) plane[h * geometry.Input.Width + w] += share;
                }
            }
        }
    }
}
