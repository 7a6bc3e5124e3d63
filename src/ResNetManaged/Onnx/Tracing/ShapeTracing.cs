using ResNetManaged.Graphs;
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
        rules["Unsqueeze"] = call => call.IsSymbol(0) && !call.IsSymbol(1) ? To(call, ShapeOperators.Unsqueezed(call.Attributes, call[0].Shape)) : null;
        rules["Transpose"] = call => call.IsSymbol(0)
            ? [call[0].Transpose(call.Output(), MovingOperators.Order(call.Attributes, call[0].Shape.Rank))] : null;
        rules["Concat"] = Concat;
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
    private static OnnxValue[]? Reshape(TraceCall call)
    {
        if (!call.IsSymbol(0) || call.IsSymbol(1)) return null;
        Shape input = call[0].Shape;
        OnnxCall attributes = call.Attributes;
        long[] sizes = attributes.Integers("shape", 1) ?? [];
        bool isFixed = sizes.Length > 1 && sizes[0] == 1 && input.Rank > 0 && input[0] > 1 && IsOneImage(sizes, input);
        if (!isFixed) return To(call, ShapeOperators.Reshaped(attributes, input));
        long perImage = input.ElementCount / input[0], known = sizes.Skip(1).Where(size => size > 0).Aggregate(1L, (product, size) => product * size);
        return To(call, attributes.ShapeOf([input[0], .. sizes.Skip(1).Select((size, i) => size == -1 ? perImage / known : size == 0 ? input[i + 1] : size)]));
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
        if (isRows && isOnePixel && input.Order[0] == 0) return call.Of(input.Symbol.Flatten(startDim: 1), input.Type); // whatever the order of dimensions of size 1
        Value value = input.Ordered;
        return call.Of(isRows ? value.Flatten(startDim: 1) : value.Apply(new ReshapeOperation(shape)), input.Type);
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
