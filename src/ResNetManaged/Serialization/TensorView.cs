using ResNetManaged.Tensors;

namespace ResNetManaged.Serialization;

/// <summary>A stretch of numbers in a torch checkpoint that tensors look into.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Count">Its length in elements, as the pickle claims it; the file is checked against it later.</param>
internal sealed record TorchStorage(string Key, ElementType Type, long Count)
{
    /// <summary>Bytes; the pickle's reader has checked that they fit 64 bits.</summary>
    public long ByteLength => Count * Type.Size();
}

/// <summary>A storage, or the part of one that an old checkpoint names as a storage of its own.</summary>
internal sealed record StorageSlice(TorchStorage Storage, long Start, long Count);

/// <summary>A tensor as a torch pickle describes it: element [i, j] is at Offset + i * Strides[0] + j * Strides[1] of the storage.</summary>
/// <param name="Storage">Where the elements are.</param>
/// <param name="Offset">Of the first one, in elements.</param>
/// <param name="Shape">The tensor's shape.</param>
/// <param name="Strides">One per dimension, in elements.</param>
/// <param name="Extent">How far the view reaches from its offset, in elements; offset + extent is within the storage.</param>
internal sealed record TensorView(TorchStorage Storage, long Offset, Shape Shape, long[] Strides, long Extent)
{
    /// <summary>True when both show the same elements, as tied weights do.</summary>
    public bool Equals(TensorView? other) => other is not null && Storage == other.Storage && Offset == other.Offset
        && Shape == other.Shape && Strides.AsSpan().SequenceEqual(other.Strides);

    /// <summary>Of everything that <see cref="Equals(TensorView)"/> compares: a file may hold 100,000 views that differ in one part only.</summary>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(Storage);
        hash.Add(Offset);
        hash.Add(Shape);
        foreach (long stride in Strides) hash.Add(stride);
        return hash.ToHashCode();
    }

    /// <summary>1 + the sum of (size - 1) * stride, 0 for an empty shape, null where that leaves 64 bits or a stride is negative.</summary>
    public static long? MeasureExtent(Shape shape, ReadOnlySpan<long> strides)
    {
        Int128 extent = 1;
        for (int i = 0; i < shape.Rank; i++)
        {
            if (strides[i] < 0) return null;
            extent += (Int128)Math.Max(shape[i] - 1, 0) * strides[i]; // at most 64 terms below 2^94: 128 bits hold them
        }
        if (shape.ElementCount == 0) return 0;
        return extent > long.MaxValue ? null : (long)extent;
    }
}
