using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Operators.Evaluation;

/// <summary>Resampling: nearest, linear and cubic, in every coordinate mode, one dimension after another.</summary>
internal static class ResizeOperators
{
    public static void AddTo(Dictionary<string, Func<OnnxCall, Constant[]>> operators)
    {
        operators["Resize"] = Resize;
        operators["Upsample"] = Upsample;
    }

    private static Constant[] Upsample(OnnxCall call)
    {
        double[] scales = call.Node.Numbers("scales") ?? call[1].Numbers;
        return [Resample(call, call[0], [.. Enumerable.Range(0, call[0].Shape.Rank)], scales, null, "asymmetric", "floor", null)];
    }

    private static Constant[] Resize(OnnxCall call)
    {
        int rank = call[0].Shape.Rank;
        int[] axes = call.Axes(rank, int.MaxValue) ?? [.. Enumerable.Range(0, rank)];
        bool isFirst = call.Opset < 11;
        double[]? scales = call.Optional(isFirst ? 1 : 2) is { Shape.ElementCount: > 0 } given ? given.Numbers : null;
        double[]? sizes = isFirst ? null : call.Optional(3) is { Shape.ElementCount: > 0 } wanted ? wanted.Numbers : null;
        if ((scales ?? sizes)?.Length != axes.Length)
            throw call.Mismatch("has no scales and no sizes", $"expected one of them, with {axes.Length} elements");
        string policy = call.Text("keep_aspect_ratio_policy", "stretch");
        if (sizes is not null && policy != "stretch")
        {
            IEnumerable<double> ratios = axes.Select((axis, i) => sizes[i] / call[0].Shape[axis]);
            double scale = policy == "not_larger" ? ratios.Min() : ratios.Max();
            sizes = [.. axes.Select(axis => Math.Floor(scale * call[0].Shape[axis] + 0.5))];
        }
        string coordinates = isFirst ? "asymmetric" : call.Text("coordinate_transformation_mode", "half_pixel");
        string nearest = isFirst ? "floor" : call.Text("nearest_mode", "round_prefer_floor");
        double[]? roi = isFirst || coordinates != "tf_crop_and_resize" ? null : call[1].Numbers;
        return [Resample(call, call[0], axes, scales, sizes, coordinates, nearest, roi)];
    }

    private static Constant Resample(OnnxCall call, Constant input, int[] axes, double[]? scales, double[]? sizes, string coordinates,
        string nearest, double[]? roi)
    {
        Constant result = input;
        for (int i = 0; i < axes.Length; i++)
        {
            int from = input.Shape[axes[i]];
            double scale = scales?[i] ?? sizes![i] / from;
            long size = sizes is null ? (long)Math.Floor(from * scale) : (long)sizes[i];
            (double Start, double End) window = roi is null ? (0, 1) : (roi[i], roi[axes.Length + i]);
            result = Along(call, result, axes[i], scale, size, coordinates, nearest, window);
        }
        return new Constant(input.Type, result.Shape, [.. result.Numbers]);
    }

    private static Constant Along(OnnxCall call, Constant input, int axis, double scale, long size, string coordinates, string nearest,
        (double Start, double End) roi)
    {
        int from = input.Shape[axis], inner = Strided.Product(input.Shape, axis + 1, input.Shape.Rank), outer = Strided.Product(input.Shape, 0, axis);
        Shape shape = call.ShapeOf(input.Shape.Select((n, i) => i == axis ? size : n));
        double[] result = new double[shape.ElementCount];
        double outside = call.Number("extrapolation_value", 0);
        for (int o = 0; o < size; o++)
        {
            double x = Coordinate(call, coordinates, o, scale, from, size, roi);
            bool isOutside = coordinates == "tf_crop_and_resize" && (x < 0 || x > from - 1);
            (int Index, double Weight)[] taps = Taps(call, x, from, scale, nearest);
            for (int line = 0; line < outer; line++)
            {
                for (int j = 0; j < inner; j++)
                {
                    double sum = 0;
                    foreach ((int index, double weight) in taps) sum += weight * input.Numbers[(line * from + index) * inner + j];
                    result[(line * size + o) * inner + j] = isOutside ? outside : sum;
                }
            }
        }
        return new Constant(OnnxType.Float64, shape, result);
    }

    private static double Coordinate(OnnxCall call, string mode, int x, double scale, int from, long size, (double Start, double End) roi) =>
        mode switch
        {
            "half_pixel" => (x + 0.5) / scale - 0.5,
            "half_pixel_symmetric" => from / 2.0 * (1 - size / (from * scale)) + (x + 0.5) / scale - 0.5,
            "pytorch_half_pixel" => size > 1 ? (x + 0.5) / scale - 0.5 : 0,
            "align_corners" => size > 1 ? x * (from - 1.0) / (from * scale - 1) : 0, // of the size before it is rounded
            "asymmetric" => x / scale,
            "tf_half_pixel_for_nn" => (x + 0.5) / scale,
            "tf_crop_and_resize" => size > 1 ? roi.Start * (from - 1) + x * (roi.End - roi.Start) * (from - 1) / (size - 1)
                : 0.5 * (roi.Start + roi.End) * (from - 1),
            _ => throw call.Mismatch($"has coordinate_transformation_mode '{mode}'", "expected one that ONNX defines"),
        };

    /// <summary>The elements that a coordinate reads, and their weights.</summary>
    private static (int Index, double Weight)[] Taps(OnnxCall call, double x, int size, double scale, string nearest)
    {
        switch (call.Text("mode", "nearest"))
        {
            case "nearest":
                double index = nearest switch
                {
                    "floor" => Math.Floor(x),
                    "ceil" => Math.Ceiling(x),
                    "round_prefer_ceil" => Math.Floor(x + 0.5),
                    _ => Math.Ceiling(x - 0.5),
                };
                return [((int)Math.Clamp(index, 0, size - 1), 1)];
            case "linear" or "bilinear": return Weighted(call, x, size, 1, scale, distance => Math.Max(0, 1 - distance));
            case "cubic":
                double a = call.Number("cubic_coeff_a", -0.75);
                return Weighted(call, x, size, 2, scale, distance => Cubic(distance, a));
            default: throw call.Mismatch($"has mode '{call.Text("mode", "nearest")}'", "expected nearest, linear or cubic");
        }
    }

    /// <summary>Keys 1981, equation 4, with a in place of -1/2.</summary>
    private static double Cubic(double d, double a) => d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : d < 2 ? ((d - 5) * d + 8) * d * a - 4 * a : 0;

    private static (int Index, double Weight)[] Weighted(OnnxCall call, double x, int size, int reach, double scale, Func<double, double> weight)
    {
        double stretch = call.Integer("antialias", 0) != 0 && scale < 1 ? 1 / scale : 1;
        int first = (int)Math.Floor(x - reach * stretch) + 1, last = (int)Math.Ceiling(x + reach * stretch) - 1;
        if (last < first) (first, last) = ((int)Math.Floor(x), (int)Math.Floor(x));
        bool excludes = call.Integer("exclude_outside", 0) != 0;
        List<(int Index, double Weight)> taps = [];
        for (int i = first; i <= last; i++)
        {
            if (excludes && (i < 0 || i >= size)) continue;
            taps.Add((Math.Clamp(i, 0, size - 1), weight(Math.Abs(x - i) / stretch)));
        }
        double sum = taps.Sum(tap => tap.Weight);
        return excludes || stretch != 1 ? [.. taps.Select(tap => (tap.Index, tap.Weight / sum))] : [.. taps];
    }
}
