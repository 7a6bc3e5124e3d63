using ResNetManaged.Tensors;

namespace ResNetManaged.Serialization;

/// <summary>A storage of a torch checkpoint: a run of numbers that tensors are views of.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Count">Its length in elements as the pickle claims it; checked against the file later.</param>
internal sealed record TorchStorage(string Key, ElementType Type, long Count)
{
    /// <summary>The length in bytes; the unpickler has checked that it fits in 64 bits.</summary>
    public long ByteLength => Count * Type.Size();
}

/// <summary>A storage, or the part of one that an old checkpoint treats as a separate storage.</summary>
internal sealed record StorageSlice(TorchStorage Storage, long Start, long Count);

/// <summary>A tensor as a torch pickle describes it: element [i, j] is at Offset + i * Strides[0] + j * Strides[1] of the storage.</summary>
/// <param name="Storage">The storage with the elements.</param>
/// <param name="Offset">The offset of the first element, in elements.</param>
/// <param name="Shape">The tensor's shape.</param>
/// <param name="Strides">One stride per dimension, in elements.</param>
/// <param name="Extent">The number of elements that the view spans from its offset; offset + extent is within the storage.</param>
internal sealed record TensorView(TorchStorage Storage, long Offset, Shape Shape, long[] Strides, long Extent)
{
    /// <summary>Whether the elements are those of the storage with the opposite sign.</summary>
    public bool IsNegated { get; init; }

    /// <summary>True if both are views of the same elements, as with tied weights.</summary>
    public bool Equals(TensorView? other) => other is not null && Storage == other.Storage && Offset == other.Offset && IsNegated == other.IsNegated
        && Shape == other.Shape && Strides.AsSpan().SequenceEqual(other.Strides);

    /// <summary>Hashes everything that <see cref="Equals(TensorView)"/> compares, because a file may hold 100,000 views that differ in one part only.</summary>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(Storage);
        hash.Add(Offset);
        hash.Add(Shape);
        hash.Add(IsNegated);
        foreach (long stride in Strides) hash.Add(stride);
        return hash.ToHashCode();
    }

    /// <summary>1 + the sum of (size - 1) * stride; 0 for an empty shape; null if a stride is negative or the result exceeds 64 bits.</summary>
    public static long? MeasureExtent(Shape shape, ReadOnlySpan<long> strides)
    {
        Int128 extent = 1;
        for (int i = 0; i < shape.Rank; i++)
        {
            if (strides[i] < 0) return null;
            extent += (Int128)Math.Max(shape[i] - 1, 0) * strides[i]; // at most 64 terms below 2^94, which fit in 128 bits
        }
        if (shape.ElementCount == 0) return 0;
        return extent > long.MaxValue ? null : (long)extent;
    }
}
