using ResNetManaged.Graphs.Operations;
using ResNetManaged.Graphs.Operations.Channels;
using ResNetManaged.Onnx.Constants;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Tracing;

/// <summary>Batch norm, group norm and softmax.</summary>
internal static class NormalizationTracing
{
    public static void AddTo(Dictionary<string, Func<TraceCall, OnnxValue[]?>> rules)
    {
        rules["BatchNormalization"] = BatchNormalization;
        rules["LayerNormalization"] = LayerNormalization;
        rules["GroupNormalization"] = GroupNormalization;
        rules["Softmax"] = call => Softmax(call, logarithm: false);
        rules["LogSoftmax"] = call => Softmax(call, logarithm: true);
    }

    private static OnnxValue[]? BatchNormalization(TraceCall call)
    {
        bool isKnown = Enumerable.Range(1, 4).All(input => call.Known(input) is not null);
        if (!call.IsSymbol(0) || !isKnown || call[0].Symbol.Shape.Rank is not (2 or 4) || call[0].Order.Count < 2 || call[0].Order[1] != 1)
            return null;
        if (call.Attributes.Integer("training_mode", 0) != 0 || call.Node.Outputs.Skip(1).Any(output => output.Length > 0)) return null;
        int channels = call[0].Shape[1];
        for (int input = 1; input <= 4; input++)
        {
            if (call.Known(input)!.Shape.ElementCount != channels)
                throw call.Attributes.Mismatch($"normalizes {channels} channels by input {input} of shape {call[input].Shape}",
                    $"expected {channels} elements");
        }
        Shape shape = [channels];
        return call.Apply(new BatchNorm2dOperation(channels, call.Weight(1, shape), call.Weight(2, shape),
            call.Parameters.Statistic(call[3].Name, call.Known(3)!, shape), call.Parameters.Statistic(call[4].Name, call.Known(4)!, shape),
            call.Parameters.Count(OnnxParameters.CountOf(call[3].Name)), call.Attributes.Number("epsilon", 1e-5),
            1 - call.Attributes.Number("momentum", 0.9), call.IsTrained(call[3].Name))
        {
            OfFeatures = call[0].Symbol.Shape.Rank == 2,
        });
    }

    /// <summary>Over the channels of each pixel, which are the last dimension where channels come last.</summary>
    private static OnnxValue[]? LayerNormalization(TraceCall call)
    {
        if (!call.IsSymbol(0) || call.Known(1) is not { } scale || call.IsSymbol(2) || call[0].Symbol.Shape is not { Rank: 4, ElementCount: > 0 })
            return null;
        if (call.Node.Outputs.Skip(1).Any(output => output.Length > 0) || call.Attributes.Axis(call.Attributes.Integer("axis", -1), 4) != 3)
            return null;
        int channels = call[0].Symbol.Shape[1];
        Constant? shift = call.Known(2);
        if (call[0].Order[3] != 1 || scale.Shape.ElementCount != channels || (shift is not null && shift.Shape.ElementCount != channels)) return null;
        Shape shape = [channels];
        return call.Apply(new ChannelNormOperation(channels, call.Weight(1, shape), shift is null ? null
            : call.Weight(2, shape), call.Attributes.Number("epsilon", 1e-5)));
    }

    /// <summary>With a scale and a shift for each channel, as from version 21.</summary>
    private static OnnxValue[]? GroupNormalization(TraceCall call)
    {
        if (!call.IsSymbol(0) || call.Known(1) is not { } scale || call.Known(2) is not { } shift
            || call[0] is not { Shape.Rank: 4, IsInOrder: true }) return null;
        int channels = call[0].Shape[1], groups = (int)call.Attributes.Integer("num_groups", 1);
        if (scale.Shape.ElementCount != channels || shift.Shape.ElementCount != channels || groups < 1 || channels % groups != 0) return null;
        Shape shape = [channels];
        return call.Apply(new GroupNormOperation(groups, channels, call.Weight(1, shape), call.Weight(2, shape),
            call.Attributes.Number("epsilon", 1e-5)));
    }

    /// <summary>
    /// Along one dimension; before version 13 along this and all after it, which must then be the only one of more than one element.
    /// </summary>
    private static OnnxValue[]? Softmax(TraceCall call, bool logarithm)
    {
        if (!call.IsSymbol(0) || call[0].Shape.Rank == 0) return null;
        Shape shape = call[0].Shape;
        int axis = call.Attributes.Axis(call.Attributes.Integer("axis", call.Node.Opset < 13 ? 1 : -1), shape.Rank);
        if (call.Node.Opset < 13)
        {
            int[] wide = [.. Enumerable.Range(axis, shape.Rank - axis).Where(dimension => shape[dimension] != 1)];
            if (wide.Length > 1) return null;
            axis = wide.Length == 1 ? wide[0] : axis;
        }
        return call.Apply(new SoftmaxOperation(call[0].Order[axis], logarithm));
    }
}
