using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations.Channels;
using ResNetManaged.Graphs.Operations.Shapes;
using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Operators.Evaluation;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Tracing;

/// <summary>Operators that read shapes, change them, or join values.</summary>
internal static class ShapeTracing
{
    public static void AddTo(Dictionary<string, Func<TraceCall, OnnxValue[]?>> rules)
    {
        rules["Shape"] = Shape;
        rules["Size"] = call => call.IsSymbol(0)
            ? [new OnnxValue(call.Output(), new Constant(Model.OnnxType.Int64, [], [call[0].Shape.ElementCount]))] : null;
        rules["Reshape"] = Reshape;
        rules["Flatten"] = call => call.IsSymbol(0) ? To(call, ShapeOperators.Flattened(call.Attributes, call[0].Shape)) : null;
        rules["Squeeze"] = call => call.IsSymbol(0) && !call.IsSymbol(1) ? To(call, ShapeOperators.Squeezed(call.Attributes, call[0].Shape)) : null;
        rules["Unsqueeze"] = call => call.IsSymbol(0) && !call.IsSymbol(1) ? To(call, ShapeOperators.Unsqueezed(call.Attributes, call[0].Shape))
            : null;
        rules["Transpose"] = call => call.IsSymbol(0)
            ? [call[0].Transpose(call.Output(), MovingOperators.Order(call.Attributes, call[0].Shape.Rank))] : null;
        rules["ChannelShuffle"] = ChannelShuffle;
        rules["Concat"] = Concat;
        rules["Pad"] = Pad;
        rules["Slice"] = Slice;
        rules["Split"] = Split;
    }

    private static OnnxValue[]? Shape(TraceCall call)
    {
        if (!call.IsSymbol(0)) return null;
        int rank = call[0].Shape.Rank;
        int Clamp(long index) => (int)Math.Clamp(index < 0 ? index + rank : index, 0, rank);
        int start = Clamp(call.Attributes.Integer("start", 0)), end = Clamp(call.Attributes.Integer("end", rank));
        return [new OnnxValue(call.Output(), Constant.Vector(call[0].Shape.Skip(start).Take(Math.Max(0, end - start)).Select(size => (long)size)))];
    }

    /// <summary>A first size of 1 that an exporter wrote for its only image stands for any number of images.</summary>
    private static OnnxValue[]? Reshape(TraceCall call) => call.IsSymbol(0) && !call.IsSymbol(1) ? To(call, ForImages(call, call[0].Shape)) : null;

    private static Shape ForImages(TraceCall call, Shape input)
    {
        OnnxCall attributes = call.Attributes;
        long[] sizes = attributes.Integers("shape", 1) ?? [];
        bool isFixed = sizes.Length > 1 && sizes[0] == 1 && input.Rank > 0 && input[0] > 1 && IsOneImage(sizes, input);
        if (!isFixed) return ShapeOperators.Reshaped(attributes, input);
        long perImage = input.ElementCount / input[0], known = sizes.Skip(1).Where(size => size > 0).Aggregate(1L, (product, size) => product * size);
        return attributes.ShapeOf([input[0], .. sizes.Skip(1).Select((size, i) => size == -1 ? perImage / known : size == 0 ? input[i + 1] : size)]);
    }

    private static bool IsOneImage(long[] sizes, Shape input)
    {
        long perImage = input.ElementCount / input[0], product = 1;
        for (int i = 1; i < sizes.Length; i++)
        {
            if (sizes[i] == -1) return true;
            product *= sizes[i] == 0 && i < input.Rank ? input[i] : sizes[i];
        }
        return product == perImage;
    }

    /// <summary>The same elements in another shape; nothing is moved where images become rows.</summary>
    private static OnnxValue[] To(TraceCall call, Shape shape)
    {
        OnnxValue input = call[0];
        if (shape == input.Shape) return [input.Named(call.Output())];
        bool isRows = shape.Rank == 2 && input.Shape.Rank > 2 && shape[0] == input.Shape[0];
        bool isOnePixel = input.Symbol.Shape is { Rank: 4 } symbol && symbol[2] == 1 && symbol[3] == 1;
        if (isRows && isOnePixel && input.Order[0] == 0)
            return call.Of(input.Symbol.Flatten(startDim: 1), input.Type); // whatever the order of dimensions of size 1
        Value value = input.Ordered;
        return call.Of(isRows ? value.Flatten(startDim: 1) : value.Apply(new ReshapeOperation(shape)), input.Type);
    }

    /// <summary>Reshape to [N, g, C / g, H, W], Transpose of dimensions 1 and 2, Reshape back.</summary>
    private static OnnxValue[]? ChannelShuffle(TraceCall call)
    {
        if (!call.IsSymbol(0) || call.Known(1) is null || call.Known(2) is not { } back || call[0] is not { Shape.Rank: 4, IsInOrder: true } x)
            return null;
        Shape input = x.Shape, split = ForImages(call, input);
        bool isSplit = split.Rank == 5 && split[0] == input[0] && split[3] == input[2] && split[4] == input[3];
        bool isBack = back.Integers is { Length: 4 } sizes && (sizes[1] == -1 || sizes[1] == input[1]) && sizes[2] == input[2]
            && sizes[3] == input[3];
        return isSplit && isBack ? call.Apply(new ChannelShuffleOperation(split[1])) : null;
    }

    /// <summary>No padding at all.</summary>
    private static OnnxValue[]? Pad(TraceCall call)
    {
        if (!call.IsSymbol(0) || call.IsSymbol(1) || call.IsSymbol(3)) return null;
        return Array.TrueForAll(MovingOperators.Padding(call.Attributes, call[0].Shape.Rank), size => size == 0) ? [call[0].Named(call.Output())]
            : null;
    }

    /// <summary>Of channels, one after another.</summary>
    private static OnnxValue[]? Slice(TraceCall call)
    {
        if (!call.IsSymbol(0) || Enumerable.Range(1, 4).Any(call.IsSymbol) || call[0].Symbol.Shape is not { Rank: 4, ElementCount: > 0 }) return null;
        OnnxCall attributes = call.Attributes;
        if (attributes.Integers("starts", 1) is not [long start] || attributes.Integers("ends", 2) is not [long end]) return null;
        if ((call.Known(4)?.Integers ?? [1]) is not [1]) return null;
        int axis = (attributes.Axes(call[0].Shape.Rank, 3) ?? [0])[0], size = call[0].Shape[axis];
        int first = (int)Math.Clamp(start < 0 ? start + size : start, 0, size), last = (int)Math.Clamp(end < 0 ? end + size : end, 0, size);
        if (first == 0 && last == size) return [call[0].Named(call.Output())];
        return call[0].Order[axis] == 1 && last > first ? call.Apply(new ChannelSliceOperation(first, last - first)) : null;
    }

    private static OnnxValue[]? Split(TraceCall call)
    {
        if (!call.IsSymbol(0) || call.IsSymbol(1) || call[0].Symbol.Shape is not { Rank: 4, ElementCount: > 0 }) return null;
        int axis = call.Attributes.Axis(call.Attributes.Integer("axis", 0), call[0].Shape.Rank), start = 0;
        long[] parts = MovingOperators.Parts(call.Attributes, call[0].Shape[axis]);
        if (call[0].Order[axis] != 1 || parts.Length < call.Node.Outputs.Count || parts.Contains(0)) return null;
        List<OnnxValue> outputs = [];
        for (int i = 0; i < call.Node.Outputs.Count; i++)
        {
            if (call.Node.Outputs[i].Length > 0)
                outputs.Add(call[0].With(call.Output(i), call[0].Symbol.Apply(new ChannelSliceOperation(start, (int)parts[i]))));
            start += (int)parts[i];
        }
        return [.. outputs];
    }

    private static OnnxValue[]? Concat(TraceCall call)
    {
        OnnxValue[] inputs = [.. call.All];
        if (!Array.TrueForAll(inputs, input => input.Constant is null) || inputs[0].Shape.Rank < 2) return null;
        int axis = call.Attributes.Axis(call.Attributes.Integer("axis", 1), inputs[0].Shape.Rank);
        bool isOfChannels = Array.TrueForAll(inputs, input => input.Order.SequenceEqual(inputs[0].Order)) && inputs[0].Order[axis] == 1;
        return isOfChannels ? call.Like(inputs[0], Value.Concat([.. inputs.Select(input => input.Symbol)])) : null;
    }
}
