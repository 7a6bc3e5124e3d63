using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Operators.Evaluation;

/// <summary>Operators that make shapes or change them, and leave the order of elements alone.</summary>
internal static class ShapeOperators
{
    public static void AddTo(Dictionary<string, Func<OnnxCall, Constant[]>> operators)
    {
        operators["Shape"] = Shape;
        operators["Size"] = call => [new Constant(OnnxType.Int64, [], [call[0].Shape.ElementCount])];
        operators["Reshape"] = call => [call[0].Reshape(Reshaped(call, call[0].Shape))];
        operators["Flatten"] = call => [call[0].Reshape(Flattened(call, call[0].Shape))];
        operators["Squeeze"] = call => [call[0].Reshape(Squeezed(call, call[0].Shape))];
        operators["Unsqueeze"] = call => [call[0].Reshape(Unsqueezed(call, call[0].Shape))];
        operators["ConstantOfShape"] = ConstantOfShape;
        operators["Range"] = Range;
        operators["Expand"] = Expand;
        operators["EyeLike"] = EyeLike;
        operators["OneHot"] = OneHot;
    }

    /// <summary>The shape that Reshape makes: 0 copies a size of the input, unless <c>allowzero</c>, and -1 is what is left over.</summary>
    public static Shape Reshaped(OnnxCall call, Shape input)
    {
        long[] sizes = call.Integers("shape", 1) ?? throw call.Mismatch("has no shape", "expected one");
        bool copies = call.Integer("allowzero", 0) == 0;
        long known = 1;
        for (int i = 0; i < sizes.Length; i++)
        {
            if (sizes[i] == 0 && copies) sizes[i] = i < input.Rank ? input[i]
                : throw call.Mismatch($"copies size {i} of {input}", "expected one that it has");
            if (sizes[i] != -1) known = unchecked(known * sizes[i]);
        }
        int open = Array.IndexOf(sizes, -1);
        if (open >= 0) sizes[open] = known == 0 ? 0 : input.ElementCount / known;
        Shape shape = call.ShapeOf(sizes);
        return shape.ElementCount == input.ElementCount ? shape
            : throw call.Mismatch($"reshapes {input} to {shape}", $"expected a shape of {input.ElementCount} elements");
    }

    public static Shape Flattened(OnnxCall call, Shape input)
    {
        long axis = call.Integer("axis", 1);
        int start = axis == input.Rank ? input.Rank : call.Axis(axis, Math.Max(1, input.Rank));
        return [Strided.Product(input, 0, start), Strided.Product(input, start, input.Rank)];
    }

    public static Shape Squeezed(OnnxCall call, Shape input)
    {
        int[]? axes = call.Axes(input.Rank, 1);
        List<long> sizes = [];
        for (int i = 0; i < input.Rank; i++)
        {
            bool drops = axes is null ? input[i] == 1 : axes.Contains(i);
            if (drops && input[i] != 1) throw call.Mismatch($"squeezes dimension {i} of {input}", "expected a size of 1");
            if (!drops) sizes.Add(input[i]);
        }
        return call.ShapeOf(sizes);
    }

    public static Shape Unsqueezed(OnnxCall call, Shape input)
    {
        int rank = input.Rank + (call.Integers("axes", 1)?.Length ?? 0);
        int[] axes = call.Axes(rank, 1) ?? [];
        if (axes.Distinct().Count() != axes.Length) throw call.Mismatch("inserts the same dimension twice", "expected different axes");
        List<long> sizes = [.. input];
        foreach (int axis in axes.Order()) sizes.Insert(axis, 1);
        return call.ShapeOf(sizes);
    }

    private static Constant[] Shape(OnnxCall call)
    {
        int rank = call[0].Shape.Rank, start = Clamp(call.Integer("start", 0), rank), end = Clamp(call.Integer("end", rank), rank);
        return [Constant.Vector(call[0].Shape.Skip(start).Take(Math.Max(0, end - start)).Select(size => (long)size))];
    }

    private static int Clamp(long index, int rank) => (int)Math.Clamp(index < 0 ? index + rank : index, 0, rank);

    private static Constant[] ConstantOfShape(OnnxCall call)
    {
        Constant? value = call.Node.Attributes.GetValueOrDefault("value")?.Value;
        Shape shape = call.ShapeOf(call[0].Integers);
        double[] numbers = new double[shape.ElementCount];
        Array.Fill(numbers, value?.Scalar ?? 0);
        return [new Constant(value?.Type ?? OnnxType.Float32, shape, numbers)];
    }

    private static Constant[] Range(OnnxCall call)
    {
        (double start, double limit, double delta) = (call[0].Scalar, call[1].Scalar, call[2].Scalar);
        double count = Math.Max(0, Math.Ceiling((limit - start) / delta));
        Shape shape = double.IsFinite(count) ? call.ShapeOf([(long)count])
            : throw call.Mismatch($"counts from {start} to {limit} by {delta}", "expected an end");
        double[] numbers = new double[shape.ElementCount];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = start + i * delta;
        return [new Constant(call[0].Type, shape, numbers)];
    }

    private static Constant[] Expand(OnnxCall call)
    {
        Shape shape = Broadcast.Of(call.Node, call[0].Shape, call.ShapeOf(call[1].Integers));
        return [new Constant(call[0].Type, shape, [.. Broadcast.To(call[0], shape)])];
    }

    private static Constant[] EyeLike(OnnxCall call)
    {
        Shape shape = call[0].Shape;
        if (shape.Rank != 2) throw call.Mismatch($"reads {shape}", "expected a matrix");
        OnnxType type = call.Has("dtype") ? (OnnxType)call.Integer("dtype", 1) : call[0].Type;
        double[] numbers = new double[shape.ElementCount];
        for (int row = 0; row < shape[0]; row++)
        {
            long column = row + call.Integer("k", 0);
            if (column >= 0 && column < shape[1]) numbers[row * shape[1] + column] = 1;
        }
        return [new Constant(type, shape, numbers)];
    }

    private static Constant[] OneHot(OnnxCall call)
    {
        Shape indices = call[0].Shape;
        long depth = (long)call[1].Scalar;
        int axis = call.Axis(call.Integer("axis", -1), indices.Rank + 1);
        List<long> sizes = [.. indices];
        sizes.Insert(axis, depth);
        Shape shape = call.ShapeOf(sizes);
        double[] numbers = new double[shape.ElementCount];
        Array.Fill(numbers, call[2].Numbers[0]);
        int inner = Strided.Product(indices, axis, indices.Rank);
        for (int i = 0; i < indices.ElementCount; i++)
        {
            double index = call[0].Numbers[i] < 0 ? call[0].Numbers[i] + depth : call[0].Numbers[i];
            if (index < 0 || index >= depth) continue;
            numbers[(i / inner * depth + (long)index) * inner + i % inner] = call[2].Numbers[1];
        }
        return [new Constant(call[2].Type, shape, numbers)];
    }
}
