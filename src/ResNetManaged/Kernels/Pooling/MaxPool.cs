using System.Numerics.Tensors;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels;

/// <summary>Maximum over windows. Padding is minus infinity; NaN wins.</summary>
internal static unsafe class MaxPool
{
    /// <summary>output[n, c, oh, ow] = the maximum of its window.</summary>
    /// <param name="geometry">All sizes.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="output">[N, C, OH, OW]; overwritten; must not overlap the input.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="ShapeMismatchException">A span has not the length that the geometry asks for.</exception>
    public static void Forward(in PoolGeometry geometry, ReadOnlySpan<float> input, Span<float> output, ExecutionOptions options)
    {
        Check.Length("MaxPool", nameof(input), input.Length, geometry.InputLength);
        Check.Length("MaxPool", nameof(output), output.Length, geometry.OutputLength);
        fixed (float* x = input, y = output) ParallelLoop.For(geometry.Planes, options.Threads, new Plane(geometry, x, y));
    }

    /// <summary>First the maximum of the window's rows, which runs along whole rows, then of its columns.</summary>
    private readonly struct Plane(PoolGeometry geometry, float* input, float* output) : IWork
    {
        public void Run(int index)
        {
            (int height, int width) = geometry.Input;
            ReadOnlySpan<float> plane = new(input + (nint)index * geometry.Input.Area, geometry.Input.Area);
            Span<float> result = new(output + (nint)index * geometry.Output.Area, geometry.Output.Area);
            using AlignedBuffer scratch = AlignedBuffer.Rent(width);
            Span<float> rowMaximum = new(scratch.Pointer, width);
            for (int oh = 0; oh < geometry.Output.Height; oh++)
            {
                rowMaximum.Fill(float.NegativeInfinity);
                for (int kh = 0; kh < geometry.Kernel.Height; kh++)
                {
                    int h = oh * geometry.Stride.Height - geometry.Padding.Height + kh * geometry.Dilation.Height;
                    if ((uint)h < (uint)height) TensorPrimitives.Max(rowMaximum, plane.Slice(h * width, width), rowMaximum);
                }
                MaximumOfColumns(rowMaximum, result.Slice(oh * geometry.Output.Width, geometry.Output.Width));
            }
        }

        private void MaximumOfColumns(ReadOnlySpan<float> row, Span<float> result)
        {
            int kernel = geometry.Kernel.Width, dilation = geometry.Dilation.Width;
            for (int ow = 0; ow < result.Length; ow++)
            {
                int w = ow * geometry.Stride.Width - geometry.Padding.Width;
                float maximum = float.NegativeInfinity;
                for (int kw = 0; kw < kernel; kw++, w += dilation)
                {
                    if ((uint)w < (uint)row.Length) maximum = MathF.Max(maximum, row[w]);
                }
                result[ow] = maximum;
            }
        }
    }
}
