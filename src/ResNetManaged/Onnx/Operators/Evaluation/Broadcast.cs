using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Operators.Evaluation;

/// <summary>Elementwise functions of tensors of different shapes, by ONNX's (NumPy's) rules: sizes of 1 are repeated, missing ones are 1.</summary>
internal static class Broadcast
{
    /// <summary>The shape that shapes broadcast to.</summary>
    public static Shape Of(OnnxNode node, params ReadOnlySpan<Shape> shapes)
    {
        int rank = 0;
        foreach (Shape shape in shapes) rank = Math.Max(rank, shape.Rank);
        long[] sizes = new long[rank];
        for (int i = 0; i < rank; i++)
        {
            sizes[i] = 1;
            foreach (Shape shape in shapes)
            {
                int dimension = shape.Rank - rank + i;
                if (dimension < 0 || shape[dimension] == 1) continue;
                if (sizes[i] != 1 && sizes[i] != shape[dimension])
                    throw OnnxErrors.Node(node, $"has inputs of shapes {string.Join(" and ", shapes.ToArray())}", "expected shapes that broadcast");
                sizes[i] = shape[dimension];
            }
        }
        return node.ShapeOf(sizes);
    }

    /// <summary>The elements of a constant repeated to a shape.</summary>
    public static double[] To(Constant constant, Shape shape)
    {
        if (constant.Shape == shape) return constant.Numbers;
        double[] source = constant.Numbers, target = new double[shape.ElementCount];
        if (source.Length == 1)
        {
            Array.Fill(target, source[0]);
            return target;
        }
        long[] strides = Strides(constant.Shape, shape);
        Strided.Walk(shape, strides, (written, read) => target[written] = source[read]);
        return target;
    }

    /// <summary>The strides of a tensor when it is read in a larger shape; 0 where it is repeated.</summary>
    private static long[] Strides(Shape from, Shape to)
    {
        long[] own = StridedCopy.RowMajor(from), strides = new long[to.Rank];
        for (int i = 0; i < from.Rank; i++) strides[to.Rank - from.Rank + i] = from[i] == 1 ? 0 : own[i];
        return strides;
    }
}
