using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Reference;

/// <summary>Elementwise operations.</summary>
/// <remarks>The destination may be an operand itself or disjoint from it, not a shifted overlap. Any length, 0 included.</remarks>
internal static unsafe class ElementwiseKernel
{
    private const int Chunk = 1 << 15; // 128 KiB per work item: about 5 microseconds

    /// <summary>destination = max(source, 0); NaN stays NaN.</summary>
    /// <exception cref="Tensors.ShapeMismatchException">Lengths differ.</exception>
    /// <exception cref="ArgumentException">The spans overlap without starting at the same element.</exception>
    public static void Relu(ReadOnlySpan<float> source, Span<float> destination, ExecutionOptions options)
    {
        Check.Length("Relu", nameof(destination), destination.Length, source.Length);
        Check.SameStartOrDisjoint("Relu", nameof(source), source, destination);
        fixed (float* x = source, y = destination)
            ParallelLoop.For(Chunks(source.Length), options.Threads, new ReluChunk(source.Length, x, y));
    }

    /// <summary>destination = left + right.</summary>
    /// <exception cref="Tensors.ShapeMismatchException">Lengths differ.</exception>
    /// <exception cref="ArgumentException">The destination overlaps an operand without starting at the same element.</exception>
    public static void Add(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> destination, ExecutionOptions options)
    {
        Check.Length("Add", nameof(right), right.Length, left.Length);
        Check.Length("Add", nameof(destination), destination.Length, left.Length);
        Check.SameStartOrDisjoint("Add", nameof(left), left, destination);
        Check.SameStartOrDisjoint("Add", nameof(right), right, destination);
        fixed (float* x = left, y = right, z = destination)
            ParallelLoop.For(Chunks(left.Length), options.Threads, new AddChunk(left.Length, x, y, z));
    }

    /// <summary>inputGradient += outputGradient where output = max(input, 0) is not 0; a NaN lets the gradient through, as in PyTorch.</summary>
    /// <exception cref="Tensors.ShapeMismatchException">Lengths differ.</exception>
    public static void ReluBackward(ReadOnlySpan<float> output, ReadOnlySpan<float> outputGradient, Span<float> inputGradient,
        ExecutionOptions options)
    {
        Check.Length("Relu backward", nameof(outputGradient), outputGradient.Length, output.Length);
        Check.Length("Relu backward", nameof(inputGradient), inputGradient.Length, output.Length);
        fixed (float* y = output, dy = outputGradient, dx = inputGradient)
            ParallelLoop.For(Chunks(output.Length), options.Threads, new ReluBackwardChunk(output.Length, y, dy, dx));
    }

    private static int Chunks(int length) => (int)Sizes.CeilingDivide((long)length, Chunk);

    private readonly struct ReluChunk(int length, float* source, float* destination) : IWork
    {
        public void Run(int index)
        {
            int start = index * Chunk, count = Math.Min(Chunk, length - start);
            TensorPrimitives.Max(new ReadOnlySpan<float>(source + start, count), 0f, new Span<float>(destination + start, count));
        }
    }

    private readonly struct AddChunk(int length, float* left, float* right, float* destination) : IWork
    {
        public void Run(int index)
        {
            int start = index * Chunk, count = Math.Min(Chunk, length - start);
            TensorPrimitives.Add(new ReadOnlySpan<float>(left + start, count), new ReadOnlySpan<float>(right + start, count),
                new Span<float>(destination + start, count));
        }
    }

    private readonly struct ReluBackwardChunk(int length, float* output, float* outputGradient, float* inputGradient) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            int i = index * Chunk, end = Math.Min(i + Chunk, length);
            for (; i < end; i++) inputGradient[i] += output[i] <= 0f ? 0f : outputGradient[i];
        }
    }
}
