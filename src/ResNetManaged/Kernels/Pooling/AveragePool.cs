using System.Runtime.CompilerServices;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels;

/// <summary>Average over windows. Sums are double; NaN and infinities propagate.</summary>
internal static unsafe class AveragePool
{
    /// <summary>output[n, c, oh, ow] = the sum of its window divided by the number of pixels that count.</summary>
    /// <param name="geometry">All sizes; an average has no dilation.</param>
    /// <param name="countIncludePad">
    /// Whether the padding counts as pixels of value 0. What a window of ceil mode covers beyond the padding never counts.
    /// </param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="output">[N, C, OH, OW]; overwritten; must not overlap the input.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="ShapeMismatchException">A span has not the length that the geometry asks for.</exception>
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

    private readonly struct Plane(PoolGeometry geometry, bool countIncludePad, float* input, float* output) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            (int height, int width) = geometry.Input;
            ReadOnlySpan<float> plane = new(input + (nint)index * geometry.Input.Area, geometry.Input.Area);
            float* result = output + (nint)index * geometry.Output.Area;
            for (int oh = 0; oh < geometry.Output.Height; oh++)
            {
                Range rows = new(oh, height, geometry.Kernel.Height, geometry.Stride.Height, geometry.Padding.Height);
                for (int ow = 0; ow < geometry.Output.Width; ow++)
                {
                    Range columns = new(ow, width, geometry.Kernel.Width, geometry.Stride.Width, geometry.Padding.Width);
                    double count = countIncludePad ? (double)rows.Padded * columns.Padded : (double)rows.Inside * columns.Inside;
                    *result++ = (float)(PlaneSum.Of(plane, width, rows.Start, rows.End, columns.Start, columns.End) / count);
                }
            }
        }
    }

    /// <summary>What a window covers along one axis.</summary>
    internal readonly struct Range
    {
        public Range(int output, int input, int kernel, int stride, int padding)
        {
            int start = output * stride - padding, end = Math.Min(start + kernel, input + padding);
            Padded = end - start;
            Start = Math.Max(start, 0);
            End = Math.Min(end, input);
        }

        /// <summary>The first pixel.</summary>
        public int Start { get; }

        /// <summary>Behind the last pixel.</summary>
        public int End { get; }

        /// <summary>Pixels, those of the padding included.</summary>
        public int Padded { get; }

        /// <summary>Pixels of the input.</summary>
        public int Inside => End - Start;
    }
}
