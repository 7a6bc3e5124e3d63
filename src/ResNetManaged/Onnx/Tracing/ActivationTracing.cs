using ResNetManaged.Graphs.Operations;
using ResNetManaged.Graphs.Operations.Activations;

namespace ResNetManaged.Onnx.Tracing;

/// <summary>Functions of each element.</summary>
internal static class ActivationTracing
{
    public static void AddTo(Dictionary<string, Func<TraceCall, OnnxValue[]?>> rules)
    {
        rules["Relu"] = call => Apply(call, ReluOperation.Instance);
        rules["Sigmoid"] = call => Apply(call, SigmoidOperation.Instance);
        rules["HardSwish"] = call => Apply(call, HardswishOperation.Instance);
        rules["LeakyRelu"] = call => Apply(call, new LeakyReluOperation((float)call.Attributes.Number("alpha", 0.01)));
        rules["HardSigmoid"] = HardSigmoid;
        rules["Gelu"] = call =>
            Apply(call, call.Attributes.Text("approximate", "none") == "tanh" ? GeluTanhOperation.Instance : GeluOperation.Instance);
        rules["Elu"] = call => Apply(call, new EluOperation((float)call.Attributes.Number("alpha", 1)));
        rules["Mish"] = call => Apply(call, MishOperation.Instance);
        rules["Softplus"] = call => Apply(call, SoftplusOperation.Instance);
        rules["Tanh"] = call => Apply(call, TanhOperation.Instance);
        rules["Clip"] = Clip;
        rules["PRelu"] = PRelu;
        rules["Swish"] = call => call.Attributes.Number("alpha", 1) == 1 ? Apply(call, SiluOperation.Instance) : null;
        foreach (string name in (string[])["Identity", "Dropout"]) rules[name] = Same;
        rules["Cast"] = Cast;
    }

    private static OnnxValue[]? Apply(TraceCall call, Operation operation) => call.IsSymbol(0) ? call.Apply(operation) : null;

    /// <summary>The library's is the one of a sixth and a half, as exporters write it with more or fewer digits.</summary>
    private static OnnxValue[]? HardSigmoid(TraceCall call)
    {
        bool isUsual = (float)call.Attributes.Number("alpha", 0.2) is > 0.16666f and < 0.16667f && call.Attributes.Number("beta", 0.5) == 0.5;
        return Apply(call, isUsual ? HardsigmoidOperation.Instance
            : new ClippedLineOperation((float)call.Attributes.Number("alpha", 0.2), (float)call.Attributes.Number("beta", 0.5)));
    }

    private static OnnxValue[]? Clip(TraceCall call)
    {
        if (call.IsSymbol(1) || call.IsSymbol(2)) return null;
        float smallest = (float)(call.Known(1)?.Scalar ?? call.Attributes.Number("min", double.NegativeInfinity));
        float largest = (float)(call.Known(2)?.Scalar ?? call.Attributes.Number("max", double.PositiveInfinity));
        if (!call.IsSymbol(0) || float.IsNaN(smallest) || float.IsNaN(largest) || smallest > largest) return null;
        return call.Apply(smallest == 0 && float.IsPositiveInfinity(largest) ? ReluOperation.Instance : new ClipOperation(smallest, largest));
    }

    private static OnnxValue[]? PRelu(TraceCall call)
    {
        if (!call.IsSymbol(0) || call.Known(1) is not { } slope) return null;
        int count = slope.Shape.ElementCount;
        bool fits = count == 1 || (call[0].Symbol.Shape.Rank is 2 or 4 && Channels.IsVector(call[0], slope));
        return fits ? call.Apply(new PreluOperation(call.Weight(1, [count]))) : null;
    }

    /// <summary>The first output is the input; a mask, if it is wanted, is not supported.</summary>
    private static OnnxValue[]? Same(TraceCall call)
    {
        bool drops = call.Optional(2) is not null || call.Node.Outputs.Skip(1).Any(output => output.Length > 0);
        return call.IsSymbol(0) && !drops ? [call[0].Named(call.Output())] : null;
    }

    /// <summary>Between types of floating-point numbers nothing happens: everything is computed in float32.</summary>
    private static OnnxValue[]? Cast(TraceCall call)
    {
        Model.OnnxType to = Operators.Evaluation.ElementwiseOperators.TargetOf(call.Attributes);
        return call.IsSymbol(0) && to != Model.OnnxType.BFloat16 && Model.OnnxTypes.IsFloat(to) && Model.OnnxTypes.IsFloat(call[0].Type)
            ? [call[0].With(call.Output(), call[0].Symbol, to)] : null;
    }
}
