using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Operators.Evaluation;

/// <summary>Products of matrices.</summary>
internal static class MatrixOperators
{
    public static void AddTo(Dictionary<string, Func<OnnxCall, Constant[]>> operators)
    {
        operators["Gemm"] = Gemm;
        operators["MatMul"] = call => [Multiply(call, call[0], call[1], call[0].Type)];
        operators["MatMulInteger"] = call =>
            [Multiply(call, Centered(call[0], call.Optional(2), 1), Centered(call[1], call.Optional(3), 0), OnnxType.Int32)];
    }

    private static Constant[] Gemm(OnnxCall call)
    {
        (double alpha, double beta) = (call.Number("alpha", 1), call.Number("beta", 1));
        Constant a = Matrix(call, 0, call.Integer("transA", 0) != 0), b = Matrix(call, 1, call.Integer("transB", 0) != 0);
        Constant product = ElementwiseOperators.Map(Multiply(call, a, b, call[0].Type), OnnxType.Float64, x => alpha * x);
        if (call.Optional(2) is not { } c) return [ElementwiseOperators.Map(product, call[0].Type, x => x)];
        double[] added = Broadcast.To(c, product.Shape);
        return [new Constant(call[0].Type, product.Shape, [.. product.Numbers.Select((x, i) => x + beta * added[i])])];
    }

    private static Constant Matrix(OnnxCall call, int input, bool transposed)
    {
        if (call[input].Shape.Rank != 2) throw call.Mismatch($"multiplies {call[input].Shape}", "expected a matrix");
        return transposed ? MovingOperators.Transpose(call[input], [1, 0]) : call[input];
    }

    /// <summary>The product of matrices, or of stacks of them, by the rules of <c>numpy.matmul</c>.</summary>
    public static Constant Multiply(OnnxCall call, Constant left, Constant right, OnnxType type)
    {
        (bool isRow, bool isColumn) = (left.Shape.Rank == 1, right.Shape.Rank == 1);
        if (left.Shape.Rank == 0 || right.Shape.Rank == 0)
            throw call.Mismatch($"multiplies {left.Shape} and {right.Shape}", "expected vectors or matrices");
        if (isRow) left = left.Reshape([1, left.Shape[0]]);
        if (isColumn) right = right.Reshape([right.Shape[0], 1]);
        int m = left.Shape[^2], k = left.Shape[^1], n = right.Shape[^1];
        if (right.Shape[^2] != k) throw call.Mismatch($"multiplies {left.Shape} and {right.Shape}", $"expected {k} rows in the second");
        Shape stack = Broadcast.Of(call.Node, Shape.Create(left.Shape.Dimensions[..^2]), Shape.Create(right.Shape.Dimensions[..^2]));
        Shape shape = call.ShapeOf([.. stack, m, n]);
        call.TakeWork((double)shape.ElementCount * k);
        double[] a = Broadcast.To(left, call.ShapeOf([.. stack, m, k])), b = Broadcast.To(right, call.ShapeOf([.. stack, k, n]));
        double[] result = new double[shape.ElementCount];
        for (int s = 0; s < stack.ElementCount; s++)
        {
            for (int i = 0; i < m; i++)
            {
                Span<double> row = result.AsSpan((s * m + i) * n, n);
                for (int j = 0; j < k; j++)
                {
                    double factor = a[(s * m + i) * k + j];
                    ReadOnlySpan<double> line = b.AsSpan((s * k + j) * n, n);
                    for (int c = 0; c < n; c++) row[c] += factor * line[c];
                }
            }
        }
        List<long> sizes = [.. stack];
        if (!isRow) sizes.Add(m);
        if (!isColumn) sizes.Add(n);
        return new Constant(type, call.ShapeOf(sizes), result);
    }

    /// <summary>A quantized tensor less its zero point, which may be one number for each line of a dimension counted from the end.</summary>
    public static Constant Centered(Constant input, Constant? zeroPoint, int dimensionFromEnd)
    {
        if (zeroPoint is null) return ElementwiseOperators.Map(input, OnnxType.Float64, x => x);
        int size = input.Shape[input.Shape.Rank - 1 - dimensionFromEnd], inner = dimensionFromEnd == 0 ? 1 : input.Shape[^1];
        double[] zeros = zeroPoint.Numbers;
        return new Constant(OnnxType.Float64, input.Shape, [.. input.Numbers.Select((x, i) => x - zeros[zeros.Length == 1 ? 0 : i / inner % size])]);
    }
}
