using System.Numerics.Tensors;

namespace ResNetManaged.Kernels.Loss;

/// <summary>What cross-entropy needs from one row of logits.</summary>
/// <param name="Maximum">The largest logit.</param>
/// <param name="ExponentialSum">sum exp(x - maximum), from 1 to the number of classes.</param>
/// <param name="ShiftedSum">sum (x - maximum).</param>
internal readonly record struct LogitRow(double Maximum, double ExponentialSum, double ShiftedSum);

/// <summary>The exponentials of a row of logits, from which the loss and its gradient follow.</summary>
internal static class CrossEntropy
{
    private const int Chunk = 256; // 2 KiB of stack

    /// <summary>Sums in double; a non-finite logit makes a sum non-finite.</summary>
    /// <param name="logits">One row, at least one class.</param>
    /// <param name="exponentials">Receives exp(x - maximum); as long as the row, or empty. The row itself or disjoint from it.</param>
    /// <returns>The sums.</returns>
    public static LogitRow Exponentiate(ReadOnlySpan<float> logits, Span<float> exponentials)
    {
        double maximum = TensorPrimitives.Max(logits), exponentialSum = 0, shiftedSum = 0;
        Span<double> scratch = stackalloc double[Chunk];
        for (int start = 0; start < logits.Length; start += Chunk)
        {
            Span<double> chunk = scratch[..Math.Min(Chunk, logits.Length - start)];
            TensorPrimitives.ConvertTruncating(logits.Slice(start, chunk.Length), chunk); // to double: exact
            TensorPrimitives.Subtract(chunk, maximum, chunk);
            shiftedSum += TensorPrimitives.Sum<double>(chunk);
            TensorPrimitives.Exp<double>(chunk, chunk);
            exponentialSum += TensorPrimitives.Sum<double>(chunk);
            if (!exponentials.IsEmpty) TensorPrimitives.ConvertTruncating<double, float>(chunk, exponentials.Slice(start, chunk.Length));
        }
        return new LogitRow(maximum, exponentialSum, shiftedSum);
    }
}
