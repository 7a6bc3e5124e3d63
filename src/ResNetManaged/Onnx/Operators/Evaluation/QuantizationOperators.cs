using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Operators.Evaluation;

/// <summary>Operators of 8-bit integers: real = scale * (quantized - zero point).</summary>
internal static class QuantizationOperators
{
    public static void AddTo(Dictionary<string, Func<OnnxCall, Constant[]>> operators)
    {
        operators["QuantizeLinear"] = call =>
        {
            OnnxType type = call.Optional(2)?.Type ?? (call.Has("output_dtype") ? (OnnxType)call.Integer("output_dtype", 2) : OnnxType.UInt8);
            return [Quantize(call[0], call[1], call.Optional(2), type, AxisOf(call, call[1]))];
        };
        operators["DequantizeLinear"] = call => [Dequantize(call[0], call[1], call.Optional(2), AxisOf(call, call[1]), call[1].Type)];
        operators["DynamicQuantizeLinear"] = DynamicQuantize;
        operators["QLinearConv"] = QLinearConv;
        operators["QLinearMatMul"] = QLinearMatMul;
    }

    private static int AxisOf(OnnxCall call, Constant scale) => scale.Shape.ElementCount == 1 ? 0
        : call.Axis(call.Integer("axis", 1), call[0].Shape.Rank);

    private static Constant Quantize(Constant input, Constant scale, Constant? zeroPoint, OnnxType type, int axis)
    {
        (double smallest, double largest) = type switch
        {
            OnnxType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
            OnnxType.UInt8 => (byte.MinValue, byte.MaxValue),
            OnnxType.Int16 => (short.MinValue, short.MaxValue),
            OnnxType.UInt16 => (ushort.MinValue, ushort.MaxValue),
            _ => ((double)int.MinValue, (double)int.MaxValue),
        };
        Func<int, int> at = Indexer(input.Shape, scale, axis);
        return new Constant(type, input.Shape, [.. input.Numbers.Select((x, i) =>
        {
            double quotient = (float)x / (float)scale.Numbers[at(i)]; // of float32, as the operator is defined
            return Math.Clamp(Math.Round((float)quotient, MidpointRounding.ToEven) + (zeroPoint?.Numbers[at(i)] ?? 0), smallest, largest);
        })]);
    }

    private static Constant Dequantize(Constant input, Constant scale, Constant? zeroPoint, int axis, OnnxType type)
    {
        Func<int, int> at = Indexer(input.Shape, scale, axis);
        return new Constant(type, input.Shape, [.. input.Numbers.Select((x, i) => (x - (zeroPoint?.Numbers[at(i)] ?? 0)) * scale.Numbers[at(i)])]);
    }

    /// <summary>The index of the scale of each element: one for all, or one for each line of a dimension.</summary>
    private static Func<int, int> Indexer(Shape shape, Constant scale, int axis)
    {
        if (scale.Shape.ElementCount == 1) return _ => 0;
        int inner = Strided.Product(shape, axis + 1, shape.Rank), size = shape[axis];
        return i => i / inner % size;
    }

    private static Constant[] DynamicQuantize(OnnxCall call)
    {
        double smallest = Math.Min(0, call[0].Numbers.Min()), largest = Math.Max(0, call[0].Numbers.Max());
        float scale = (float)((largest - smallest) / byte.MaxValue);
        double zero = scale == 0 ? 0 : Math.Clamp(Math.Round(-smallest / scale, MidpointRounding.ToEven), byte.MinValue, byte.MaxValue);
        Constant scales = new(OnnxType.Float32, [], [scale == 0 ? 1 : scale]), zeroPoint = new(OnnxType.UInt8, [], [zero]);
        return [Quantize(call[0], scales, zeroPoint, OnnxType.UInt8, 0), new Constant(OnnxType.Float32, [], [scale]), zeroPoint];
    }

    private static Constant[] QLinearConv(OnnxCall call)
    {
        Constant sums = WindowOperators.Convolve(call, MatrixOperators.Centered(call[0], call[2], 0),
            WindowOperators.FilterCentered(call[3], call[5]),
            call.Optional(8), OnnxType.Float64);
        double[] weights = call[4].Numbers;
        int plane = Strided.Product(sums.Shape, 2, sums.Shape.Rank);
        Constant real = new(OnnxType.Float64, sums.Shape,
            [.. sums.Numbers.Select((sum, i) => sum * call[1].Scalar * weights[weights.Length == 1 ? 0 : i / plane % sums.Shape[1]])]);
        return [Quantize(real, call[6], call[7], call[7].Type, 0)];
    }

    private static Constant[] QLinearMatMul(OnnxCall call)
    {
        Constant left = MatrixOperators.Centered(call[0], call[2], 1), right = MatrixOperators.Centered(call[3], call[5], 0);
        double[] rows = call[1].Numbers, columns = call[4].Numbers;
        Constant sums = MatrixOperators.Multiply(call, left, right, OnnxType.Float64);
        int m = left.Shape[^2], n = right.Shape[^1];
        Constant real = new(OnnxType.Float64, sums.Shape,
            [.. sums.Numbers.Select((sum, i) => sum * rows[rows.Length == 1 ? 0 : i / n % m] * columns[columns.Length == 1 ? 0 : i % n])]);
        return [Quantize(real, call[6], call[7], call[7].Type, 0)];
    }
}
