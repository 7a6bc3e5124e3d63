using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Elementwise.Activations;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Reference;

/// <summary>A function of each element, by its definition in double, rounded once.</summary>
internal static unsafe class ActivationKernel
{
    private const int Chunk = 1 << 14; // 64 KiB per work item

    /// <summary>destination = f(source). Any length, 0 included.</summary>
    /// <exception cref="ShapeMismatchException">Lengths differ.</exception>
    /// <exception cref="ArgumentException">The spans overlap without starting at the same element.</exception>
    public static void Forward<TFunction>(TFunction function, ReadOnlySpan<float> source, Span<float> destination, ExecutionOptions options)
        where TFunction : struct, IActivationFunction
    {
        Check.Length("Activation", nameof(destination), destination.Length, source.Length);
        Check.SameStartOrDisjoint("Activation", nameof(source), source, destination);
        fixed (float* x = source, y = destination)
            ParallelLoop.For(Chunks(source.Length), options.Threads, new ForwardChunk<TFunction>(function, source.Length, x, y));
    }

    /// <summary>inputGradient += outputGradient * f'(input). Any length, 0 included.</summary>
    /// <exception cref="ShapeMismatchException">Lengths differ.</exception>
    public static void Backward<TFunction>(TFunction function, ReadOnlySpan<float> input, ReadOnlySpan<float> outputGradient,
        Span<float> inputGradient, ExecutionOptions options)
        where TFunction : struct, IActivationFunction
    {
        Check.Length("Activation backward", nameof(outputGradient), outputGradient.Length, input.Length);
        Check.Length("Activation backward", nameof(inputGradient), inputGradient.Length, input.Length);
        fixed (float* x = input, dy = outputGradient, dx = inputGradient)
            ParallelLoop.For(Chunks(input.Length), options.Threads, new BackwardChunk<TFunction>(function, input.Length, x, dy, dx));
    }

    private static int Chunks(int length) => Sizes.CeilingDivide(length, Chunk);

    private readonly struct ForwardChunk<TFunction>(TFunction function, int length, float* source, float* destination) : IWork
        where TFunction : struct, IActivationFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            int i = index * Chunk, end = Math.Min(i + Chunk, length);
            for (; i < end; i++) destination[i] = (float)function.Apply(source[i]);
        }
    }

    private readonly struct BackwardChunk<TFunction>(TFunction function, int length, float* input, float* outputGradient, float* inputGradient) : IWork
        where TFunction : struct, IActivationFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            int i = index * Chunk, end = Math.Min(i + Chunk, length);
            for (; i < end; i++) inputGradient[i] += (float)(outputGradient[i] * function.Derivative(input[i]));
        }
    }
}
