using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Reference;

/// <summary>Products of tensors of one shape, or of planes with one number each, and their gradients.</summary>
/// <remarks>Both are products with factors: as many factors as elements, or one for each run of <c>area</c> elements.</remarks>
internal static unsafe class ProductKernel
{
    private const int Chunk = 1 << 15; // 128 KiB per work item

    /// <summary>destination = left * right, element by element. Any length, 0 included.</summary>
    /// <exception cref="ShapeMismatchException">Lengths differ.</exception>
    /// <exception cref="ArgumentException">The destination overlaps an operand without starting at the same element.</exception>
    public static void Multiply(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> destination, ExecutionOptions options)
    {
        Check.Length("Multiply", nameof(right), right.Length, left.Length);
        Check.Length("Multiply", nameof(destination), destination.Length, left.Length);
        Check.SameStartOrDisjoint("Multiply", nameof(left), left, destination);
        Check.SameStartOrDisjoint("Multiply", nameof(right), right, destination);
        fixed (float* x = left, z = right, y = destination)
            ParallelLoop.For(Chunks(left.Length), options.Threads, new MultiplyChunk(left.Length, x, z, y));
    }

    /// <summary>inputGradient += outputGradient * other: the gradient of one operand of an elementwise product.</summary>
    /// <exception cref="ShapeMismatchException">Lengths differ.</exception>
    public static void MultiplyBackward(ReadOnlySpan<float> other, ReadOnlySpan<float> outputGradient, Span<float> inputGradient,
        ExecutionOptions options)
    {
        Check.Length("Multiply backward", nameof(outputGradient), outputGradient.Length, other.Length);
        Check.Length("Multiply backward", nameof(inputGradient), inputGradient.Length, other.Length);
        fixed (float* z = other, dy = outputGradient, dx = inputGradient)
            ParallelLoop.For(Chunks(other.Length), options.Threads, new MultiplyBackwardChunk(other.Length, z, dy, dx));
    }

    /// <summary>destination = source * factor, with one factor for each plane.</summary>
    /// <param name="planes">N * C.</param>
    /// <param name="area">H * W.</param>
    /// <param name="source">[N, C, H, W].</param>
    /// <param name="factors">[N, C].</param>
    /// <param name="destination">[N, C, H, W]; overwritten; the source itself or disjoint from it.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="ShapeMismatchException">A span's length does not match the given sizes.</exception>
    /// <exception cref="ArgumentException">The destination overlaps the source without starting at the same element.</exception>
    public static void Scale(int planes, int area, ReadOnlySpan<float> source, ReadOnlySpan<float> factors, Span<float> destination,
        ExecutionOptions options)
    {
        Check.Length("Scale", nameof(source), source.Length, (long)planes * area);
        Check.Length("Scale", nameof(factors), factors.Length, planes);
        Check.Length("Scale", nameof(destination), destination.Length, source.Length);
        Check.SameStartOrDisjoint("Scale", nameof(source), source, destination);
        fixed (float* x = source, s = factors, y = destination)
            ParallelLoop.For(planes, options.Threads, new ScalePlane(area, x, s, y));
    }

    /// <summary>sourceGradient += outputGradient * factor, and factorGradients += the plane's sum of outputGradient * source, in double.</summary>
    /// <param name="planes">N * C.</param>
    /// <param name="area">H * W.</param>
    /// <param name="source">[N, C, H, W].</param>
    /// <param name="factors">[N, C].</param>
    /// <param name="outputGradient">[N, C, H, W].</param>
    /// <param name="inputGradient">[N, C, H, W], of the source.</param>
    /// <param name="factorGradients">[N, C].</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="ShapeMismatchException">A span's length does not match the given sizes.</exception>
    public static void ScaleBackward(int planes, int area, ReadOnlySpan<float> source, ReadOnlySpan<float> factors,
        ReadOnlySpan<float> outputGradient, Span<float> inputGradient, Span<float> factorGradients, ExecutionOptions options)
    {
        Check.Length("Scale backward", nameof(source), source.Length, (long)planes * area);
        Check.Length("Scale backward", nameof(factors), factors.Length, planes);
        Check.Length("Scale backward", nameof(outputGradient), outputGradient.Length, source.Length);
        Check.Length("Scale backward", nameof(inputGradient), inputGradient.Length, source.Length);
        Check.Length("Scale backward", nameof(factorGradients), factorGradients.Length, planes);
        fixed (float* x = source, s = factors, dy = outputGradient, dx = inputGradient, ds = factorGradients)
            ParallelLoop.For(planes, options.Threads, new ScaleBackwardPlane(area, x, s, dy, dx, ds));
    }

    private static int Chunks(int length) => Sizes.CeilingDivide(length, Chunk);

    private readonly struct MultiplyChunk(int length, float* left, float* right, float* destination) : IWork
    {
        public void Run(int index)
        {
            int start = index * Chunk, count = Math.Min(Chunk, length - start);
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(left + start, count), new ReadOnlySpan<float>(right + start, count),
                new Span<float>(destination + start, count));
        }
    }

    private readonly struct MultiplyBackwardChunk(int length, float* other, float* outputGradient, float* inputGradient) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            int i = index * Chunk, end = Math.Min(i + Chunk, length);
            for (; i < end; i++) inputGradient[i] += outputGradient[i] * other[i];
        }
    }

    private readonly struct ScalePlane(int area, float* source, float* factors, float* destination) : IWork
    {
        public void Run(int plane) => TensorPrimitives.Multiply(new ReadOnlySpan<float>(source + (nint)plane * area, area), factors[plane],
            new Span<float>(destination + (nint)plane * area, area));
    }

    private readonly struct ScaleBackwardPlane(
        int area, float* source, float* factors, float* outputGradient, float* inputGradient, float* factorGradients) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int plane)
        {
            double sum = 0;
            nint i = (nint)plane * area, end = i + area;
            for (; i < end; i++)
            {
                sum += (double)outputGradient[i] * source[i];
                inputGradient[i] += outputGradient[i] * factors[plane];
            }
            factorGradients[plane] += (float)sum;
        }
    }
}
