using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Operators.Evaluation;

/// <summary>Convolutions and poolings over planes of any number of dimensions.</summary>
internal static class WindowOperators
{
    public static void AddTo(Dictionary<string, Func<OnnxCall, Constant[]>> operators)
    {
        operators["Conv"] = call => [Convolve(call, call[0], call[1], call.Optional(2), call[0].Type)];
        operators["ConvInteger"] = call =>
            [Convolve(call, MatrixOperators.Centered(call[0], call.Optional(2), 0), FilterCentered(call[1], call.Optional(3)), null, OnnxType.Int32)];
        operators["ConvTranspose"] = ConvTranspose;
        operators["MaxPool"] = MaxPool;
        operators["AveragePool"] = AveragePool;
        operators["LpPool"] = LpPool;
        operators["GlobalAveragePool"] = call => Global(call, plane => plane.Sum() / plane.Length);
        operators["GlobalMaxPool"] = call => Global(call, plane => plane.Max());
    }

    /// <summary>Filters less their zero point, one for all or one for each.</summary>
    public static Constant FilterCentered(Constant filters, Constant? zeroPoint) => MatrixOperators.Centered(
        filters.Reshape([1, filters.Shape[0], filters.Shape.ElementCount / Math.Max(1, filters.Shape[0])]), zeroPoint, 1).Reshape(filters.Shape);

    public static Constant Convolve(OnnxCall call, Constant input, Constant filters, Constant? bias, OnnxType type)
    {
        Shape x = input.Shape, w = filters.Shape;
        if (x.Rank < 3 || w.Rank != x.Rank) throw call.Mismatch($"convolves {x} with filters {w}", "expected [N, C, ...] and as many dimensions");
        int groups = GroupsOf(call, w);
        if (x[1] != (long)w[1] * groups || w[0] % groups != 0)
            throw call.Mismatch($"convolves {x} with filters {w} in {groups} groups", $"expected {(long)w[1] * groups} channels");
        Windows windows = new(call, [.. x.Skip(2)], [.. w.Skip(2)]);
        Shape shape = call.ShapeOf([x[0], w[0], .. windows.Output]);
        int plane = Strided.Product(x, 2, x.Rank), kernel = Strided.Product(w, 2, w.Rank), outputs = Strided.Product(shape, 2, shape.Rank),
            perGroup = w[0] / groups;
        call.TakeWork((double)shape.ElementCount * w[1] * kernel);
        double[] result = new double[shape.ElementCount], values = input.Numbers, weights = filters.Numbers;
        int[] positions = new int[kernel];
        bool[] counts = new bool[kernel];
        for (int o = 0; o < outputs; o++)
        {
            windows.Read(o, positions, counts);
            for (int image = 0; image < x[0]; image++)
            {
                for (int filter = 0; filter < w[0]; filter++)
                {
                    double sum = bias?.Numbers[filter] ?? 0;
                    for (int channel = 0; channel < w[1]; channel++)
                    {
                        int from = (image * x[1] + filter / perGroup * w[1] + channel) * plane, weight = (filter * w[1] + channel) * kernel;
                        for (int k = 0; k < kernel; k++)
                        {
                            if (positions[k] >= 0) sum += values[from + positions[k]] * weights[weight + k];
                        }
                    }
                    result[(image * w[0] + filter) * outputs + o] = sum;
                }
            }
        }
        return new Constant(type, shape, result);
    }

    /// <summary>The number of groups of a convolution, whose kernel must be that of its filters.</summary>
    /// <param name="call">The node.</param>
    /// <param name="filters">The filters' shape.</param>
    public static int GroupsOf(OnnxCall call, Shape filters)
    {
        long groups = call.Integer("group", 1);
        if (groups < 1 || groups > Math.Max(1, filters.Rank == 0 ? 1 : filters[0])) throw call.Mismatch($"has {groups} groups", $"expected at least one, and no more than filters {filters}");
        if (call.Integers("kernel_shape") is { } kernel && !kernel.SequenceEqual(filters.Skip(2).Select(size => (long)size)))
            throw call.Mismatch($"has the kernel_shape [{string.Join(", ", kernel)}]", $"expected that of its filters {filters}");
        return (int)groups;
    }

    /// <summary>The gradient of a convolution with respect to its input: each element is spread over a window of the output.</summary>
    private static Constant[] ConvTranspose(OnnxCall call)
    {
        Shape x = call[0].Shape, w = call[1].Shape;
        int groups = GroupsOf(call, w), rank = x.Rank - 2;
        if (rank < 1 || w.Rank != x.Rank || x[1] != w[0] || w[0] % groups != 0)
            throw call.Mismatch($"convolves {x} with filters {w} in {groups} groups", "expected as many filters as channels");
        long[] ones = [.. Enumerable.Repeat(1L, rank)];
        long[] strides = call.Integers("strides") ?? ones, dilations = call.Integers("dilations") ?? ones;
        long[] extra = call.Integers("output_padding") ?? [.. ones.Select(_ => 0L)], pads = call.Integers("pads")
            ?? [.. ones.Concat(ones).Select(_ => 0L)];
        long[]? wanted = call.Integers("output_shape");
        string automatic = call.Text("auto_pad", "NOTSET");
        long[] output = new long[rank], before = new long[rank];
        for (int i = 0; i < rank; i++)
        {
            long full = strides[i] * (x[i + 2] - 1) + extra[i] + (w[i + 2] - 1) * dilations[i] + 1;
            long? size = wanted?[wanted.Length - rank + i] ?? (automatic is "SAME_UPPER" or "SAME_LOWER" ? x[i + 2] * strides[i] : null);
            long total = size is { } given ? Math.Max(0, full - given) : pads[i] + pads[rank + i];
            before[i] = size is null ? pads[i] : automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
            output[i] = size ?? full - total;
        }
        Shape shape = call.ShapeOf([x[0], (long)w[1] * groups, .. output]);
        int plane = Strided.Product(x, 2, x.Rank), kernel = Strided.Product(w, 2, w.Rank), outputs = Strided.Product(shape, 2, shape.Rank),
            perGroup = w[0] / groups;
        call.TakeWork((double)x.ElementCount * w[1] * kernel);
        double[] result = new double[shape.ElementCount], values = call[0].Numbers, weights = call[1].Numbers;
        for (int i = 0; i < result.Length; i++) result[i] = call.Optional(2)?.Numbers[i / outputs % shape[1]] ?? 0;
        for (int p = 0; p < plane; p++)
        {
            for (int k = 0; k < kernel; k++)
            {
                int position = 0, stride = 1, index = p, element = k;
                for (int d = rank - 1; d >= 0; d--)
                {
                    long at = index % x[d + 2] * strides[d] + element % w[d + 2] * dilations[d] - before[d];
                    index /= x[d + 2];
                    element /= w[d + 2];
                    position = position < 0 || at < 0 || at >= output[d] ? -1 : position + (int)at * stride;
                    stride *= (int)output[d];
                }
                if (position < 0) continue;
                for (int image = 0; image < x[0]; image++)
                {
                    for (int channel = 0; channel < w[0]; channel++)
                    {
                        double value = values[(image * w[0] + channel) * plane + p];
                        int target = (image * shape[1] + channel / perGroup * w[1]) * outputs + position;
                        for (int o = 0; o < w[1]; o++) result[target + o * outputs] += value * weights[(channel * w[1] + o) * kernel + k];
                    }
                }
            }
        }
        return [new Constant(call[0].Type, shape, result)];
    }

    private static Constant[] MaxPool(OnnxCall call)
    {
        Shape x = call[0].Shape;
        if (call.Has(Rewriting.Paddings.Zeros))
            throw call.Mismatch("pools a known value padded with zeros", "expected a value that depends on the input");
        Windows windows = PoolWindows(call);
        bool columns = call.Integer("storage_order", 0) != 0;
        Shape shape = call.ShapeOf([x[0], x[1], .. windows.Output]);
        double[] result = new double[shape.ElementCount], indices = new double[shape.ElementCount];
        ForWindows(call, windows, (plane, window, values, positions, _) =>
        {
            int best = -1;
            foreach (int position in positions)
            {
                if (position >= 0
                    && (best < 0 || values[plane * Area(windows.Input) + position] > values[plane * Area(windows.Input) + best])) best = position;
            }
            int target = plane * Area(windows.Output) + window;
            result[target] = best < 0 ? double.NegativeInfinity : values[plane * Area(windows.Input) + best];
            indices[target] = plane * Area(windows.Input) + (columns ? ByColumns(best, windows.Input) : best);
        });
        return [new Constant(call[0].Type, shape, result), new Constant(OnnxType.Int64, shape, indices)];
    }

    private static Constant[] AveragePool(OnnxCall call) => Pool(call, (line, positions, counts) =>
    {
        bool includes = call.Integer("count_include_pad", 0) != 0;
        int count = 0;
        for (int k = 0; k < positions.Length; k++) count += includes ? counts[k] ? 1 : 0 : positions[k] >= 0 ? 1 : 0;
        return line.Sum() / count;
    });

    private static Constant[] LpPool(OnnxCall call)
    {
        double p = call.Integer("p", 2);
        return Pool(call, (line, _, _) => Math.Pow(line.Sum(x => Math.Pow(Math.Abs(x), p)), 1 / p));
    }

    private static Constant[] Pool(OnnxCall call, Func<double[], int[], bool[], double> function)
    {
        Shape x = call[0].Shape;
        Windows windows = PoolWindows(call);
        Shape shape = call.ShapeOf([x[0], x[1], .. windows.Output]);
        double[] result = new double[shape.ElementCount];
        ForWindows(call, windows, (plane, window, values, positions, counts) =>
        {
            double[] line = Array.ConvertAll(positions, position => position < 0 ? 0 : values[plane * Area(windows.Input) + position]);
            result[plane * Area(windows.Output) + window] = function(line, positions, counts);
        });
        return [new Constant(call[0].Type, shape, result)];
    }

    private static Windows PoolWindows(OnnxCall call)
    {
        Shape x = call[0].Shape;
        long[] kernel = call.Integers("kernel_shape") ?? [];
        if (x.Rank < 3 || kernel.Length != x.Rank - 2 || kernel.Any(size => size is < 1 or > 1 << 20))
            throw call.Mismatch($"pools {x} by windows [{string.Join(", ", kernel)}]", "expected a positive size for each dimension of the plane");
        if (call.Text("auto_pad", "NOTSET") == "NOTSET" && call.Integers("pads") is { } pads && pads.Index().Any(pad => pad.Item >= kernel[pad.Index % kernel.Length]))
            throw call.Mismatch($"pads by [{string.Join(", ", pads)}] for windows [{string.Join(", ", kernel)}]", "expected less padding than the window's size");
        return new Windows(call, [.. x.Skip(2)], Array.ConvertAll(kernel, size => (int)size));
    }

    private static void ForWindows(OnnxCall call, Windows windows, Action<int, int, double[], int[], bool[]> visit)
    {
        int area = call.ShapeOf(windows.Kernel.Select(size => (long)size)).ElementCount;
        call.TakeWork((double)Area(windows.Output) * area * call[0].Shape[0] * call[0].Shape[1]);
        int[] positions = new int[area];
        bool[] counts = new bool[positions.Length];
        for (int window = 0; window < Area(windows.Output); window++)
        {
            windows.Read(window, positions, counts);
            for (int plane = 0; plane < call[0].Shape[0] * call[0].Shape[1]; plane++) visit(plane, window, call[0].Numbers, positions, counts);
        }
    }

    private static Constant[] Global(OnnxCall call, Func<double[], double> function)
    {
        Shape x = call[0].Shape;
        if (x.Rank < 3) throw call.Mismatch($"pools {x}", "expected [N, C, ...]");
        int plane = Strided.Product(x, 2, x.Rank);
        double[] result = new double[x[0] * x[1]];
        for (int i = 0; i < result.Length; i++) result[i] = function(call[0].Numbers[(i * plane)..((i + 1) * plane)]);
        return [new Constant(call[0].Type, call.ShapeOf(x.Select((size, i) => i < 2 ? (long)size : 1)), result)];
    }

    private static int Area(int[] sizes) => sizes.Aggregate(1, (product, size) => product * size);

    /// <summary>A row-major position in a plane counted column by column.</summary>
    private static int ByColumns(int position, int[] plane)
    {
        int result = 0, stride = Area(plane);
        for (int i = plane.Length - 1; i >= 0; i--)
        {
            stride /= plane[i];
            result += position % plane[i] * stride;
            position /= plane[i];
        }
        return result;
    }
}
