using System.Numerics.Tensors;
using ResNetManaged.Kernels.Memory;

namespace ResNetManaged.Training.Optimizers;

/// <summary>Sums gradients in a fixed binary tree, so that the sum's bits do not depend on who adds which part of it.</summary>
/// <remarks>
/// Leaves are numbered in the order in which they are added. A node of 2^n leaves starts at a multiple of 2^n and is the sum of its left and its right half, each
/// rounded to float32; the leaves that do not fill a power of two are split at the largest power of two below their number. Any division of the leaves into
/// such nodes can therefore be summed apart and combined: one process and several give the same bits. At most one buffer per level exists.
/// </remarks>
internal sealed class GradientTree(int length)
{
    private readonly List<PinnedArray> _levels = [];

    /// <summary>The number of leaves so far. Bit n is set if level n holds a node.</summary>
    public int Leaves { get; private set; }

    /// <summary>Adds a leaf.</summary>
    /// <param name="leaf">The gradient; it is used as scratch.</param>
    public void Add(Span<float> leaf)
    {
        int level = 0;
        for (; (Leaves >> level & 1) != 0; level++) TensorPrimitives.Add(_levels[level].Span, leaf, leaf); // a node and the one after it
        while (_levels.Count <= level) _levels.Add(new PinnedArray(length));
        leaf.CopyTo(_levels[level].Span);
        Leaves++;
    }

    /// <summary>Writes the sum of all leaves, and begins anew.</summary>
    /// <param name="sum">Receives the sum.</param>
    public void Take(Span<float> sum)
    {
        bool isFirst = true;
        for (int level = 0; Leaves >> level != 0; level++) // from the last leaves to the first
        {
            if ((Leaves >> level & 1) == 0) continue;
            if (isFirst) _levels[level].Span.CopyTo(sum);
            else TensorPrimitives.Add(_levels[level].Span, sum, sum);
            isFirst = false;
        }
        Leaves = 0;
    }

    /// <summary>Forgets the leaves.</summary>
    public void Clear() => Leaves = 0;
}
