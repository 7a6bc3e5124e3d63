using ResNetManaged.Graphs.Operations;
using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Operators.Evaluation;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Tracing;

/// <summary>Convolutions and products with known matrices.</summary>
internal static class ConvolutionTracing
{
    public static void AddTo(Dictionary<string, Func<TraceCall, OnnxValue[]?>> rules)
    {
        rules["Conv"] = Conv;
        rules["Gemm"] = Gemm;
        rules["MatMul"] = MatMul;
    }

    private static OnnxValue[]? Conv(TraceCall call)
    {
        if (!call.IsSymbol(0) || call.Known(1) is not { } weight || call.IsSymbol(2)) return null;
        Shape x = call[0].Shape, w = weight.Shape;
        if (x.Rank != 4 || w.Rank != 4 || w[0] == 0) return null;
        int groups = WindowOperators.GroupsOf(call.Attributes, w);
        if (x[1] != (long)w[1] * groups || w[0] % groups != 0)
            throw call.Attributes.Mismatch($"convolves {x} with filters {w} in {groups} groups", $"expected {(long)w[1] * groups} channels");
        Windows windows = new(call.Attributes, [x[2], x[3]], [w[2], w[3]]);
        if (windows.Before.Concat(windows.After).Any(size => size < 0)) return null;
        Parameter? bias = call.Known(2) is { } added ? call.Weight(2, [added.Shape.ElementCount]) : null;
        if (bias is not null && bias.Shape[0] != w[0]) throw call.Attributes.Mismatch($"has a bias of {bias.Shape[0]} elements", $"expected {w[0]}");
        Conv2dOperation operation = new(call.Weight(1, w), bias, Pair(windows.Strides),
            new Padding2D(windows.Before[0], windows.Before[1], windows.After[0], windows.After[1]), Pair(windows.Dilations), groups);
        return call.Of(call[0].Ordered.Apply(operation));
    }

    private static OnnxValue[]? Gemm(TraceCall call)
    {
        OnnxCall attributes = call.Attributes;
        if (!call.IsSymbol(0) || call.Known(1) is not { Shape.Rank: 2 } weight || call.IsSymbol(2) || attributes.Integer("transA", 0) != 0)
            return null;
        (double alpha, double beta) = (attributes.Number("alpha", 1), attributes.Number("beta", 1));
        bool isTransposed = attributes.Integer("transB", 0) != 0;
        int outputs = weight.Shape[isTransposed ? 0 : 1], inputs = weight.Shape[isTransposed ? 1 : 0];
        Constant? added = call.Known(2);
        if (call[0].Shape.Rank != 2 || call[0].Shape[1] != inputs || alpha != 1 || beta != 1 || outputs == 0) return null;
        if (added is not null && added.Shape.ElementCount != outputs) return null;
        Parameter matrix = isTransposed ? call.Weight(1, weight.Shape) : Transposed(call, 1, weight);
        return call.Of(call[0].Ordered.Apply(new LinearOperation(matrix, added is null ? null : call.Weight(2, [outputs]))));
    }

    /// <summary>Over the last dimension: a linear layer, or a 1x1 convolution where that is the channels of images.</summary>
    private static OnnxValue[]? MatMul(TraceCall call)
    {
        if (!call.IsSymbol(0) || call.Known(1) is not { Shape.Rank: 2 } weight || weight.Shape[1] == 0) return null;
        OnnxValue x = call[0];
        if (x.Shape.Rank == 0 || x.Shape[^1] != weight.Shape[0]) return null;
        if (x.Symbol.Shape.Rank == 4 && x.Order[^1] == 1)
        {
            Parameter filters = call.Parameters.Weight(call[1].Name, [weight.Shape[1], weight.Shape[0], 1, 1], () => Transpose(weight));
            return call.Apply(new Conv2dOperation(filters, null, 1, 0, 1, 1));
        }
        return call.Of(x.Ordered.Apply(new LinearOperation(Transposed(call, 1, weight), null)));
    }

    private static Parameter Transposed(TraceCall call, int input, Constant weight) =>
        call.Parameters.Weight(call[input].Name, [weight.Shape[1], weight.Shape[0]], () =>
            Transpose(weight).Reshape([weight.Shape[1], weight.Shape[0]]));

    private static Tensor Transpose(Constant matrix)
    {
        Shape shape = [matrix.Shape[1], matrix.Shape[0], 1, 1];
        Tensor result = Tensor.Zeros(shape);
        StridedCopy.Gather(matrix.Tensor.ReadOnlySpan, [1, matrix.Shape[1]], [matrix.Shape[1], matrix.Shape[0]], result.Span);
        return result;
    }

    private static Size2D Pair(int[] sizes) => new(sizes[0], sizes[1]);
}
