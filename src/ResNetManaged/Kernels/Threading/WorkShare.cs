using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Threading;

/// <summary>Which of several threads this is: what each computes follows from that alone.</summary>
internal readonly record struct WorkShare(int Thread, int Threads)
{
    /// <summary>The only thread.</summary>
    public static WorkShare All => new(0, 1);

    /// <summary>This thread's part of so many items: as many as any other's, or one more.</summary>
    public (int Start, int End) Of(int count) =>
        ((int)((long)count * Thread / Threads), (int)((long)count * (Thread + 1) / Threads));

    /// <summary>How many items the busiest thread has, over the average.</summary>
    public double Imbalance(int count) => (double)Sizes.CeilingDivide(count, Threads) * Threads / Math.Max(1, count);
}
