using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Onnx.Operators.Evaluation;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Tracing;

/// <summary>Pooling of windows and of whole planes.</summary>
internal static class PoolingTracing
{
    public static void AddTo(Dictionary<string, Func<TraceCall, OnnxValue[]?>> rules)
    {
        rules["MaxPool"] = MaxPool;
        rules["AveragePool"] = AveragePool;
        rules["GlobalAveragePool"] = call => IsImages(call) ? call.Apply(Mean()) : null;
        rules["GlobalMaxPool"] = GlobalMaxPool;
        rules["ReduceMean"] = ReduceMean;
    }

    private static OnnxValue[]? MaxPool(TraceCall call)
    {
        if (Windows(call) is not { } windows || call.Node.Outputs.Count > 1) return null;
        return call.Of(call[0].Ordered.Apply(new MaxPool2dOperation(
            Pair(windows.Kernel), Pair(windows.Strides), Padding(windows), Pair(windows.Dilations), IsRounded(call))
        {
            PadsWithZeros = call.Attributes.Has(Rewriting.Paddings.Zeros),
        }));
    }

    private static OnnxValue[]? AveragePool(TraceCall call)
    {
        if (Windows(call) is not { } windows || windows.Dilations.Any(size => size != 1)) return null;
        bool isPadded = windows.Before.Concat(windows.After).Any(size => size != 0);
        if (!isPadded && windows.Kernel.SequenceEqual(windows.Input)) return call.Of(call[0].Ordered.Apply(Mean()));
        return call.Of(call[0].Ordered.Apply(new AvgPool2dOperation(
            Pair(windows.Kernel), Pair(windows.Strides), Padding(windows), IsRounded(call), call.Attributes.Integer("count_include_pad", 0) != 0)));
    }

    private static OnnxValue[]? GlobalMaxPool(TraceCall call)
    {
        if (!IsImages(call)) return null;
        Shape images = call[0].Shape;
        Size2D plane = new(images[2], images[3]);
        return call.Apply(new MaxPool2dOperation(plane, plane, 0, 1, ceilMode: false));
    }

    /// <summary>The mean of each plane, which keeps its dimensions or loses them.</summary>
    private static OnnxValue[]? ReduceMean(TraceCall call)
    {
        if (!call.IsSymbol(0) || call.IsSymbol(1) || call[0] is not { Shape.Rank: 4, Symbol.Shape.ElementCount: > 0 } x) return null;
        int[] axes = [.. ReductionOperators.Axes(call.Attributes, 4).Select(axis => x.Order[axis]).Order()];
        if (axes is not [2, 3]) return null;
        Value mean = x.Symbol.Apply(Mean());
        if (call.Attributes.Integer("keepdims", 1) != 0) return call.Like(x, mean);
        bool isInOrder = x.Order.ToList().IndexOf(0) < x.Order.ToList().IndexOf(1);
        return isInOrder ? call.Of(mean.Flatten(startDim: 1)) : null;
    }

    /// <summary>The windows of images; null if they cannot be pooled by the library's operations.</summary>
    private static Windows? Windows(TraceCall call)
    {
        if (!call.IsSymbol(0) || call[0].Shape.Rank != 4 || call[0].Shape.ElementCount == 0) return null;
        if (call.Attributes.Integers("kernel_shape") is not { Length: 2 } kernel || kernel.Any(size => size is < 1 or > 1 << 20)) return null;
        Windows windows = new(call.Attributes, [call[0].Shape[2], call[0].Shape[3]], Array.ConvertAll(kernel, size => (int)size));
        for (int i = 0; i < 2; i++)
        {
            int span = (windows.Kernel[i] - 1) * windows.Dilations[i] + 1;
            if (Math.Min(windows.Before[i], windows.After[i]) < 0 || Math.Max(windows.Before[i], windows.After[i]) > span / 2) return null;
        }
        return windows;
    }

    private static bool IsImages(TraceCall call) => call.IsSymbol(0) && call[0] is { Shape: { Rank: 4, ElementCount: > 0 }, IsInOrder: true };

    private static bool IsRounded(TraceCall call) => call.Attributes.Integer("ceil_mode", 0) != 0;

    private static AdaptiveAvgPool2dOperation Mean() => new(new Size2D(1, 1));

    private static Size2D Pair(int[] sizes) => new(sizes[0], sizes[1]);

    private static Padding2D Padding(Windows windows) => new(windows.Before[0], windows.Before[1], windows.After[0], windows.After[1]);
}
