using System.Numerics.Tensors;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Reference;

/// <summary>Softmax and its logarithm along one axis of a tensor seen as [outer, axis, inner].</summary>
/// <remarks>
/// The maximum is subtracted first, so no finite input overflows. A line that contains NaN or plus infinity, or only minus infinity,
/// gives NaN, as in PyTorch. The destination is the source itself or disjoint from it.
/// </remarks>
internal static unsafe class SoftmaxKernel
{
    /// <summary>destination = exp(source - max) / sum(exp(source - max)), along the axis.</summary>
    /// <exception cref="Tensors.ShapeMismatchException">A span's length does not match the sizes.</exception>
    public static void Forward(int outer, int axis, int inner, ReadOnlySpan<float> source, Span<float> destination, ExecutionOptions options) =>
        Run("Softmax", outer, axis, inner, source, destination, logarithm: false, options);

    /// <summary>destination = source - max - log(sum(exp(source - max))), along the axis.</summary>
    /// <exception cref="Tensors.ShapeMismatchException">A span's length does not match the sizes.</exception>
    public static void ForwardLog(int outer, int axis, int inner, ReadOnlySpan<float> source, Span<float> destination, ExecutionOptions options) =>
        Run("LogSoftmax", outer, axis, inner, source, destination, logarithm: true, options);

    /// <summary>Adds the gradient of the input: y (g - sum(g y)) along the axis, or g - exp(y) sum(g) for the logarithm.</summary>
    /// <param name="outer">Lines before the axis.</param>
    /// <param name="axis">Elements of a line.</param>
    /// <param name="inner">Lines after the axis.</param>
    /// <param name="logarithm">Whether the output is the logarithm.</param>
    /// <param name="output">y, [outer, axis, inner].</param>
    /// <param name="outputGradient">g, of the same shape.</param>
    /// <param name="inputGradient">Of the same shape; added to; must not overlap any input.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="Tensors.ShapeMismatchException">A span's length does not match the sizes.</exception>
    public static void Backward(int outer, int axis, int inner, bool logarithm, ReadOnlySpan<float> output, ReadOnlySpan<float> outputGradient,
        Span<float> inputGradient, ExecutionOptions options)
    {
        Check.Length("Softmax backward", nameof(output), output.Length, (long)outer * axis * inner);
        Check.Length("Softmax backward", nameof(outputGradient), outputGradient.Length, output.Length);
        Check.Length("Softmax backward", nameof(inputGradient), inputGradient.Length, output.Length);
        if (output.IsEmpty) return;
        fixed (float* y = output, dy = outputGradient, dx = inputGradient)
            ParallelLoop.For(outer * inner, options.Threads, new LineBackward(axis, inner, logarithm, y, dy, dx));
    }

    private static void Run(string name, int outer, int axis, int inner, ReadOnlySpan<float> source, Span<float> destination, bool logarithm,
        ExecutionOptions options)
    {
        Check.AtLeast(name, nameof(outer), outer, 0);
        Check.AtLeast(name, nameof(axis), axis, 0);
        Check.AtLeast(name, nameof(inner), inner, 0);
        Check.Length(name, nameof(source), source.Length, (long)outer * axis * inner);
        Check.Length(name, nameof(destination), destination.Length, source.Length);
        Check.SameStartOrDisjoint(name, nameof(source), source, destination);
        if (source.IsEmpty) return;
        fixed (float* x = source, y = destination)
            ParallelLoop.For(outer * inner, options.Threads, new Line(axis, inner, logarithm, x, y));
    }

    /// <summary>One line along the axis, gathered, computed, scattered.</summary>
    private readonly struct Line(int axis, int inner, bool logarithm, float* source, float* destination) : IWork
    {
        public void Run(int index)
        {
            nint start = (nint)(index / inner) * axis * inner + index % inner;
            using AlignedBuffer scratch = AlignedBuffer.Rent(2 * axis);
            Span<float> line = new(scratch.Pointer, axis), exponentials = new(scratch.Pointer + axis, axis);
            for (int i = 0; i < axis; i++) line[i] = source[start + (nint)i * inner];

            TensorPrimitives.Subtract(line, TensorPrimitives.Max(line), line);
            TensorPrimitives.Exp(line, exponentials);
            float sum = TensorPrimitives.Sum(exponentials);
            if (logarithm) TensorPrimitives.Subtract(line, MathF.Log(sum), line);
            else TensorPrimitives.Divide(exponentials, sum, line);

            for (int i = 0; i < axis; i++) destination[start + (nint)i * inner] = line[i];
        }
    }

    private readonly struct LineBackward(int axis, int inner, bool logarithm, float* output, float* outputGradient, float* inputGradient) : IWork
    {
        public void Run(int index)
        {
            nint start = (nint)(index / inner) * axis * inner + index % inner, end = start + (nint)axis * inner;
            double sum = 0;
            for (nint i = start; i < end; i += inner) sum += logarithm ? outputGradient[i] : (double)outputGradient[i] * output[i];
            for (nint i = start; i < end; i += inner)
            {
                double y = output[i], g = outputGradient[i];
                inputGradient[i] += (float)(logarithm ? g - Math.Exp(y) * sum : y * (g - sum));
            }
        }
    }
}
