using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Operators.Evaluation;

/// <summary>Operators that compute one number from the elements along dimensions: sums, extremes, normal forms.</summary>
internal static class ReductionOperators
{
    public static void AddTo(Dictionary<string, Func<OnnxCall, Constant[]>> operators)
    {
        (string Name, Func<double[], double> Function)[] reductions =
        [
            ("ReduceSum", line => line.Sum()), ("ReduceMean", line => line.Sum() / line.Length),
                ("ReduceProd", line => line.Aggregate(1.0, (x, y) => x * y)),
            ("ReduceMax", line => line.DefaultIfEmpty(double.NegativeInfinity).Max()),
                ("ReduceMin", line => line.DefaultIfEmpty(double.PositiveInfinity).Min()),
            ("ReduceL1", line => line.Sum(Math.Abs)), ("ReduceL2", line => Math.Sqrt(line.Sum(x => x * x))),
                ("ReduceSumSquare", line => line.Sum(x => x * x)),
            ("ReduceLogSum", line => Math.Log(line.Sum())), ("ReduceLogSumExp", LogSumExp),
        ];
        foreach ((string name, Func<double[], double> function) in reductions) operators[name] = call => Reduce(call, function);
        operators["ArgMax"] = call => ArgExtreme(call, (x, best) => x > best);
        operators["ArgMin"] = call => ArgExtreme(call, (x, best) => x < best);
        operators["TopK"] = TopK;
        operators["Softmax"] = call => Softmax(call, logarithm: false);
        operators["LogSoftmax"] = call => Softmax(call, logarithm: true);
        operators["LpNormalization"] = LpNormalization;
        operators["CumSum"] = CumSum;
    }

    /// <summary>The dimensions that a reduction removes, or makes 1; all of them by default.</summary>
    public static int[] Axes(OnnxCall call, int rank)
    {
        int[]? axes = call.Axes(rank, 1);
        if (axes is { Length: > 0 }) return axes;
        return call.Integer("noop_with_empty_axes", 0) != 0 ? [] : [.. Enumerable.Range(0, rank)];
    }

    private static Constant[] Reduce(OnnxCall call, Func<double[], double> function)
    {
        Shape input = call[0].Shape;
        int[] axes = Axes(call, input.Rank);
        if (axes.Length == 0) return [call[0]];
        bool keeps = call.Integer("keepdims", 1) != 0;
        int[] kept = [.. Enumerable.Range(0, input.Rank).Except(axes)];
        Constant moved = MovingOperators.Transpose(call[0], [.. kept, .. axes.Order()]);
        int length = axes.Aggregate(1, (product, axis) => product * input[axis]);
        Shape shape = call.ShapeOf(keeps ? input.Select((size, i) => axes.Contains(i) ? 1L : size) : kept.Select(i => (long)input[i]));
        double[] result = new double[shape.ElementCount], line = new double[length];
        for (int i = 0; i < result.Length; i++)
        {
            Array.Copy(moved.Numbers, i * length, line, 0, length);
            result[i] = function(line);
        }
        return [new Constant(call[0].Type, shape, result)];
    }

    private static double LogSumExp(double[] line)
    {
        double largest = line.Max();
        return double.IsInfinity(largest) ? largest : largest + Math.Log(line.Sum(x => Math.Exp(x - largest)));
    }

    private static Constant[] ArgExtreme(OnnxCall call, Func<double, double, bool> isBetter)
    {
        Shape input = call[0].Shape;
        int axis = call.Axis(call.Integer("axis", 0), input.Rank), size = input[axis], inner = Strided.Product(input, axis + 1, input.Rank);
        bool last = call.Integer("select_last_index", 0) != 0;
        Shape shape = call.ShapeOf(call.Integer("keepdims", 1) != 0 ? input.Select((n, i) => i == axis ? 1L : n)
            : input.Where((_, i) => i != axis).Select(n => (long)n));
        double[] result = new double[shape.ElementCount];
        for (int i = 0; i < result.Length; i++)
        {
            int start = i / inner * size * inner + i % inner, best = 0;
            for (int k = 1; k < size; k++)
            {
                (double x, double so) = (call[0].Numbers[start + k * inner], call[0].Numbers[start + best * inner]);
                if (isBetter(x, so) || (last && x == so)) best = k;
            }
            result[i] = best;
        }
        return [new Constant(OnnxType.Int64, shape, result)];
    }

    private static Constant[] TopK(OnnxCall call)
    {
        Shape input = call[0].Shape;
        int axis = call.Axis(call.Integer("axis", -1), input.Rank), size = input[axis], inner = Strided.Product(input, axis + 1, input.Rank);
        long count = call.Integers("k", 1)?.FirstOrDefault() ?? call.Integer("k", 1);
        if (call.Has("k")) count = call.Integer("k", 1);
        if (count < 0 || count > size) throw call.Mismatch($"selects {count} of {size} elements", $"expected 0 to {size}");
        bool largest = call.Integer("largest", 1) != 0;
        Shape shape = call.ShapeOf(input.Select((n, i) => i == axis ? count : n));
        double[] values = new double[shape.ElementCount], indices = new double[shape.ElementCount];
        for (int outer = 0; outer < Strided.Product(input, 0, axis); outer++)
        {
            for (int i = 0; i < inner; i++)
            {
                double At(int k) => call[0].Numbers[(outer * size + k) * inner + i];
                int[] order = [.. Enumerable.Range(0, size).OrderBy(k => largest ? -At(k) : At(k)).Take((int)count)];
                for (int k = 0; k < order.Length; k++)
                {
                    long target = (outer * count + k) * inner + i;
                    (values[target], indices[target]) = (At(order[k]), order[k]);
                }
            }
        }
        return [new Constant(call[0].Type, shape, values), new Constant(OnnxType.Int64, shape, indices)];
    }

    /// <summary>Along one dimension; before version 13, along this and all after it.</summary>
    private static Constant[] Softmax(OnnxCall call, bool logarithm)
    {
        Shape input = call[0].Shape;
        bool joins = call.Opset < 13;
        int axis = call.Axis(call.Integer("axis", joins ? 1 : -1), Math.Max(1, input.Rank));
        int size = joins ? Strided.Product(input, axis, input.Rank) : input[axis], inner = joins ? 1 : Strided.Product(input, axis + 1, input.Rank);
        double[] result = new double[input.ElementCount];
        ForLines(input.ElementCount, size, inner, positions =>
        {
            double[] line = Array.ConvertAll(positions, position => call[0].Numbers[position]);
            double sum = LogSumExp(line);
            for (int k = 0; k < line.Length; k++) result[positions[k]] = logarithm ? line[k] - sum : Math.Exp(line[k] - sum);
        });
        return [new Constant(call[0].Type, input, result)];
    }

    private static Constant[] LpNormalization(OnnxCall call)
    {
        Shape input = call[0].Shape;
        int axis = call.Axis(call.Integer("axis", -1), input.Rank);
        bool first = call.Integer("p", 2) == 1;
        double[] result = new double[input.ElementCount];
        ForLines(input.ElementCount, input[axis], Strided.Product(input, axis + 1, input.Rank), positions =>
        {
            double[] line = Array.ConvertAll(positions, position => call[0].Numbers[position]);
            double norm = first ? line.Sum(Math.Abs) : Math.Sqrt(line.Sum(x => x * x));
            for (int k = 0; k < line.Length; k++) result[positions[k]] = norm == 0 ? 0 : line[k] / norm;
        });
        return [new Constant(call[0].Type, input, result)];
    }

    private static Constant[] CumSum(OnnxCall call)
    {
        Shape input = call[0].Shape;
        int axis = call.Axis((long)call[1].Scalar, input.Rank);
        bool excludes = call.Integer("exclusive", 0) != 0, reverses = call.Integer("reverse", 0) != 0;
        double[] result = new double[input.ElementCount];
        ForLines(input.ElementCount, input[axis], Strided.Product(input, axis + 1, input.Rank), positions =>
        {
            double sum = 0;
            foreach (int position in reverses ? Enumerable.Reverse(positions) : positions)
            {
                if (excludes) result[position] = sum;
                sum += call[0].Numbers[position];
                if (!excludes) result[position] = sum;
            }
        });
        return [new Constant(call[0].Type, input, result)];
    }

    /// <summary>Calls back with the positions of the elements of each line along a dimension.</summary>
    private static void ForLines(int count, int size, int inner, Action<int[]> line)
    {
        int[] positions = new int[size];
        for (int i = 0; size > 0 && i < count / size; i++)
        {
            for (int k = 0; k < size; k++) positions[k] = (i / inner * size + k) * inner + i % inner;
            line(positions);
        }
    }
}
