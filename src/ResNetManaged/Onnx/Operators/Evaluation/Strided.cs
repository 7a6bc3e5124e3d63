using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Operators.Evaluation;

/// <summary>Walks over the elements of one tensor in the order of another's.</summary>
internal static class Strided
{
    /// <summary>Calls back for each index of a shape, in row-major order: with its position, and with start + the sum of index * stride.</summary>
    public static void Walk(Shape shape, ReadOnlySpan<long> strides, Action<int, int> visit, long start = 0)
    {
        int[] index = new int[shape.Rank];
        long position = start;
        for (int i = 0; i < shape.ElementCount; i++)
        {
            visit(i, (int)position);
            for (int dimension = shape.Rank - 1; dimension >= 0; dimension--)
            {
                position += strides[dimension];
                if (++index[dimension] < shape[dimension]) break;
                position -= strides[dimension] * shape[dimension];
                index[dimension] = 0;
            }
        }
    }

    /// <summary>The product of the sizes from one dimension to before another.</summary>
    public static int Product(Shape shape, int start, int end)
    {
        int product = 1;
        for (int i = start; i < end; i++) product *= shape[i];
        return product;
    }
}
