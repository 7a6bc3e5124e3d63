using ResNetManaged.Onnx.Constants;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Operators.Evaluation;

/// <summary>Operators that subtract a mean and divide by a standard deviation.</summary>
internal static class NormalizationOperators
{
    public static void AddTo(Dictionary<string, Func<OnnxCall, Constant[]>> operators)
    {
        operators["BatchNormalization"] = BatchNormalization;
        operators["InstanceNormalization"] = call => ByGroups(call, call[0].Shape[1], 1e-5);
        operators["GroupNormalization"] = call => ByGroups(call, (int)call.Integer("num_groups", 1), 1e-5);
        operators["LayerNormalization"] = LayerNormalization;
        operators["LRN"] = Lrn;
    }

    private static Constant[] BatchNormalization(OnnxCall call)
    {
        if (call.Integer("training_mode", 0) != 0)
            throw call.Mismatch("uses the statistics of a batch", "expected a network that was exported for inference");
        if (call.Node.Outputs.Count > 1 && call.Node.Outputs.Skip(1).Any(output => output.Length > 0))
            throw call.Mismatch("has statistics as outputs", "expected a network that was exported for inference");
        Shape shape = call[0].Shape;
        double epsilon = call.Number("epsilon", 1e-5);
        double[] scale = call[1].Numbers, shift = call[2].Numbers, mean = call[3].Numbers, variance = call[4].Numbers;
        int inner = Strided.Product(shape, 2, shape.Rank);
        return [new Constant(call[0].Type, shape, [.. call[0].Numbers.Select((x, i) =>
        {
            int channel = i / inner % shape[1];
            return (x - mean[channel]) / Math.Sqrt(variance[channel] + epsilon) * scale[channel] + shift[channel];
        })])];
    }

    /// <summary>Groups of channels of one image, scaled by channel, or by group where the scale has a number for each.</summary>
    private static Constant[] ByGroups(OnnxCall call, int groups, double epsilon)
    {
        Shape shape = call[0].Shape;
        if (groups < 1 || shape[1] % groups != 0) throw call.Mismatch($"normalizes {shape[1]} channels in {groups} groups", "expected a divisor");
        epsilon = call.Number("epsilon", epsilon);
        int inner = Strided.Product(shape, 2, shape.Rank), length = shape[1] / groups * inner;
        double[] scale = call[1].Numbers, shift = call[2].Numbers, result = Normalized(call[0].Numbers, length, epsilon, []);
        int perNumber = shape[1] / Math.Max(1, scale.Length) * inner;
        for (int i = 0; i < result.Length; i++)
        {
            int at = i / perNumber % scale.Length;
            result[i] = result[i] * scale[at] + shift[at];
        }
        return [new Constant(call[0].Type, shape, result)];
    }

    private static Constant[] LayerNormalization(OnnxCall call)
    {
        Shape shape = call[0].Shape;
        int axis = call.Axis(call.Integer("axis", -1), shape.Rank);
        List<(double Mean, double Inverse)> statistics = [];
        double[] result = Normalized(call[0].Numbers, Strided.Product(shape, axis, shape.Rank), call.Number("epsilon", 1e-5), statistics);
        double[] scale = Broadcast.To(call[1], shape);
        double[]? shift = call.Optional(2) is { } bias ? Broadcast.To(bias, shape) : null;
        for (int i = 0; i < result.Length; i++) result[i] = result[i] * scale[i] + (shift?[i] ?? 0);
        Shape reduced = call.ShapeOf(shape.Select((size, i) => i < axis ? (long)size : 1));
        return
        [
            new Constant(call[0].Type, shape, result),
            new Constant(call[0].Type, reduced, [.. statistics.Select(entry => entry.Mean)]),
            new Constant(call[0].Type, reduced, [.. statistics.Select(entry => entry.Inverse)]),
        ];
    }

    /// <summary>Every run of elements less its mean, divided by its standard deviation.</summary>
    private static double[] Normalized(double[] input, int length, double epsilon, List<(double Mean, double Inverse)> statistics)
    {
        double[] result = new double[input.Length];
        for (int start = 0; length > 0 && start < input.Length; start += length)
        {
            ReadOnlySpan<double> run = input.AsSpan(start, length);
            double mean = 0, variance = 0;
            foreach (double x in run) mean += x / length;
            foreach (double x in run) variance += (x - mean) * (x - mean) / length;
            double inverse = 1 / Math.Sqrt(variance + epsilon);
            statistics.Add((mean, inverse));
            for (int i = 0; i < length; i++) result[start + i] = (run[i] - mean) * inverse;
        }
        return result;
    }

    /// <summary>Across channels: Krizhevsky, Sutskever and Hinton 2012, section 3.3.</summary>
    private static Constant[] Lrn(OnnxCall call)
    {
        Shape shape = call[0].Shape;
        (double alpha, double beta, double bias) = (call.Number("alpha", 1e-4), call.Number("beta", 0.75), call.Number("bias", 1));
        int size = (int)call.Integer("size", 1), channels = shape[1], inner = Strided.Product(shape, 2, shape.Rank);
        double[] input = call[0].Numbers;
        return [new Constant(call[0].Type, shape, [.. input.Select((x, i) =>
        {
            int channel = i / inner % channels, first = Math.Max(0, channel - (size - 1) / 2), last = Math.Min(channels - 1, channel + size / 2);
            double sum = 0;
            for (int c = first; c <= last; c++) sum += Math.Pow(input[i + (c - channel) * inner], 2);
            return x / Math.Pow(bias + alpha / size * sum, beta);
        })])];
    }
}
