using System.Numerics;
using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Reference.Pooling;

/// <summary>Maximum over windows. Padding is minus infinity, or zero; NaN wins.</summary>
internal static unsafe class MaxPool
{
    /// <summary>output[n, c, oh, ow] = the maximum of its window.</summary>
    /// <param name="geometry">All sizes.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="output">[N, C, OH, OW]; overwritten; must not overlap the input.</param>
    /// <param name="options">Threads.</param>
    /// <param name="padsWithZeros">Whether the padding is zero.</param>
    /// <exception cref="ShapeMismatchException">A span's length does not match the geometry.</exception>
    public static void Forward(in PoolGeometry geometry, ReadOnlySpan<float> input, Span<float> output, ExecutionOptions options, bool padsWithZeros = false)
    {
        Check.Length("MaxPool", nameof(input), input.Length, geometry.InputLength);
        Check.Length("MaxPool", nameof(output), output.Length, geometry.OutputLength);
        fixed (float* x = input, y = output) ParallelLoop.For(geometry.Planes, options.Threads, new Plane(geometry, padsWithZeros, x, y));
    }

    /// <summary>Adds the gradient of each output to the gradient of the element it came from.</summary>
    /// <remarks>
    /// Among equal maxima that is the first in row-major order, among several NaNs the last, as in PyTorch. A window entirely in the padding
    /// has none.
    /// </remarks>
    /// <param name="geometry">All sizes.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="outputGradient">[N, C, OH, OW].</param>
    /// <param name="inputGradient">[N, C, H, W]; added to; must not overlap any input.</param>
    /// <param name="options">Threads.</param>
    /// <param name="padsWithZeros">Whether the padding is zero.</param>
    /// <exception cref="ShapeMismatchException">A span's length does not match the geometry.</exception>
    public static void Backward(in PoolGeometry geometry, ReadOnlySpan<float> input, ReadOnlySpan<float> outputGradient,
        Span<float> inputGradient, ExecutionOptions options, bool padsWithZeros = false)
    {
        Check.Length("MaxPool backward", nameof(input), input.Length, geometry.InputLength);
        Check.Length("MaxPool backward", nameof(outputGradient), outputGradient.Length, geometry.OutputLength);
        Check.Length("MaxPool backward", nameof(inputGradient), inputGradient.Length, geometry.InputLength);
        fixed (float* x = input, dy = outputGradient, dx = inputGradient)
            ParallelLoop.For(geometry.Planes, options.Threads, new PlaneBackward(geometry, padsWithZeros, x, dy, dx));
    }

    /// <summary>First the maximum over each window's rows, along whole rows, then over its columns.</summary>
    private readonly struct Plane(PoolGeometry geometry, bool padsWithZeros, float* input, float* output) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            (int height, int width) = geometry.Input;
            float* plane = input + (nint)index * geometry.Input.Area, result = output + (nint)index * geometry.Output.Area;
            int left = geometry.Padding.Left, reach = (geometry.Output.Width - 1) * geometry.Stride.Width
                + (int)Window.Span(geometry.Kernel.Width, geometry.Dilation.Width);
            using AlignedBuffer scratch = AlignedBuffer.Rent(Math.Max(reach, left + width));
            Span<float> padded = new(scratch.Pointer, Math.Max(reach, left + width));
            for (int oh = 0; oh < geometry.Output.Height; oh++, result += geometry.Output.Width)
            {
                padded.Fill(padsWithZeros ? 0 : float.NegativeInfinity);
                if (!geometry.LeavesRows(oh)) padded.Slice(left, width).Fill(float.NegativeInfinity);
                for (int kh = 0; kh < geometry.Kernel.Height; kh++)
                {
                    int h = oh * geometry.Stride.Height - geometry.Padding.Top + kh * geometry.Dilation.Height;
                    if ((uint)h < (uint)height) Accumulate(plane + h * width, scratch.Pointer + left, width);
                }
                MaximumOfColumns(scratch.Pointer, result);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Accumulate(float* row, float* maximum, int width)
        {
            int w = 0;
            for (; w <= width - Vector<float>.Count; w += Vector<float>.Count)
                Vector.Max(Vector.Load(maximum + w), Vector.Load(row + w)).Store(maximum + w);
            for (; w < width; w++) maximum[w] = MathF.Max(maximum[w], row[w]);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void MaximumOfColumns(float* padded, float* result)
        {
            int columns = geometry.Output.Width, stride = geometry.Stride.Width, dilation = geometry.Dilation.Width;
            int end = geometry.Kernel.Width * dilation;
            for (int ow = 0; ow < columns; ow++, padded += stride)
            {
                float maximum = padded[0];
                for (int w = dilation; w < end; w += dilation) maximum = MathF.Max(maximum, padded[w]);
                result[ow] = maximum;
            }
        }
    }

    private readonly struct PlaneBackward(PoolGeometry geometry, bool padsWithZeros, float* input, float* outputGradient, float* inputGradient) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            float* plane = input + (nint)index * geometry.Input.Area, planeGradient = inputGradient + (nint)index * geometry.Input.Area;
            float* gradient = outputGradient + (nint)index * geometry.Output.Area;
            for (int oh = 0; oh < geometry.Output.Height; oh++)
            {
                for (int ow = 0; ow < geometry.Output.Width; ow++, gradient++)
                {
                    int place = FirstMaximum(plane, oh, ow);
                    if (place >= 0) planeGradient[place] += *gradient;
                }
            }
        }

        /// <summary>The index in the plane of the window's maximum; -1 if the window has no element, or if the maximum is a zero of the padding.</summary>
        private int FirstMaximum(float* plane, int oh, int ow)
        {
            int place = -1;
            float maximum = 0f;
            for (int kh = 0; kh < geometry.Kernel.Height; kh++)
            {
                int h = oh * geometry.Stride.Height - geometry.Padding.Top + kh * geometry.Dilation.Height;
                if ((uint)h >= (uint)geometry.Input.Height) continue;
                for (int kw = 0; kw < geometry.Kernel.Width; kw++)
                {
                    int w = ow * geometry.Stride.Width - geometry.Padding.Left + kw * geometry.Dilation.Width;
                    if ((uint)w >= (uint)geometry.Input.Width) continue;
                    float value = plane[h * geometry.Input.Width + w];
                    if (place >= 0 && !(value > maximum) && !float.IsNaN(value)) continue;
                    place = h * geometry.Input.Width + w;
                    maximum = value;
                }
            }
            bool isInPadding = padsWithZeros && maximum < 0 && (geometry.LeavesRows(oh) || geometry.LeavesColumns(ow));
            return isInPadding ? -1 : place;
        }
    }
}
