namespace ResNetManaged.Tensors;

/// <summary>Copies a strided view, as NumPy and PyTorch define it, to row-major order.</summary>
internal static class StridedCopy
{
    /// <summary>destination[i, j, ...] = source[i * strides[0] + j * strides[1] + ...].</summary>
    /// <remarks>The caller has checked that every index lies inside the source.</remarks>
    public static void Gather(ReadOnlySpan<float> source, ReadOnlySpan<long> strides, Shape shape, Span<float> destination)
    {
        if (shape.ElementCount == 0) return;
        if (shape.Rank == 0)
        {
            destination[0] = source[0];
            return;
        }
        int rowLength = shape[^1];
        long rowStride = strides[^1];
        int[] index = new int[shape.Rank - 1]; // the row's index in every dimension but the last
        long start = 0;
        for (int written = 0; ; written += rowLength)
        {
            for (int i = 0; i < rowLength; i++) destination[written + i] = source[(int)(start + i * rowStride)];
            int dimension = index.Length - 1;
            while (dimension >= 0 && ++index[dimension] == shape[dimension])
            {
                start -= (shape[dimension] - 1) * strides[dimension];
                index[dimension--] = 0;
            }
            if (dimension < 0) return;
            start += strides[dimension];
        }
    }

    /// <summary>The strides of a row-major array.</summary>
    public static long[] RowMajor(Shape shape)
    {
        long[] strides = new long[shape.Rank];
        long stride = 1;
        for (int i = shape.Rank - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= Math.Max(shape[i], 1);
        }
        return strides;
    }

    /// <summary>Whether the view is contiguous row-major memory; a dimension of size 1 may have any stride.</summary>
    public static bool IsRowMajor(ReadOnlySpan<long> strides, Shape shape)
    {
        long expected = 1;
        for (int i = shape.Rank - 1; i >= 0; i--)
        {
            if (shape[i] != 1 && strides[i] != expected) return false;
            expected *= shape[i];
        }
        return true;
    }

    /// <summary>The shape with its dimensions reversed: a column-major array seen as a row-major one.</summary>
    public static Shape Reverse(Shape shape)
    {
        int[] dimensions = shape.Dimensions.ToArray();
        Array.Reverse(dimensions);
        return Shape.Create(dimensions);
    }
}
