using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Threading;

/// <summary>One thread's number among several; it alone determines what the thread computes.</summary>
internal readonly record struct WorkShare(int Thread, int Threads)
{
    /// <summary>The only thread.</summary>
    public static WorkShare All => new(0, 1);

    /// <summary>This thread's part of a number of items; parts differ by at most one item.</summary>
    public (int Start, int End) Of(int count) =>
        ((int)((long)count * Thread / Threads), (int)((long)count * (Thread + 1) / Threads));

    /// <summary>The busiest thread's items, divided by the average.</summary>
    public double Imbalance(int count) => (double)Sizes.CeilingDivide(count, Threads) * Threads / Math.Max(1, count);
}
