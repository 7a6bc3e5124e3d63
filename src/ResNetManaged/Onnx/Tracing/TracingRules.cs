namespace ResNetManaged.Onnx.Tracing;

/// <summary>Which operators become operations of the library, and how; all others run as their plain arithmetic.</summary>
internal static class TracingRules
{
    private static readonly Dictionary<string, Func<TraceCall, OnnxValue[]?>> Rules = Create();

    /// <summary>The operators that can become operations of the library, in alphabetical order.</summary>
    public static IEnumerable<string> Names => Rules.Keys.Order(StringComparer.Ordinal);

    /// <summary>The values that a node computes; null if no rule handles its inputs.</summary>
    public static OnnxValue[]? Apply(TraceCall call) => Rules.TryGetValue(call.Node.Operator, out Func<TraceCall, OnnxValue[]?>? rule) ? rule(call)
        : null;

    private static Dictionary<string, Func<TraceCall, OnnxValue[]?>> Create()
    {
        Dictionary<string, Func<TraceCall, OnnxValue[]?>> rules = [];
        ActivationTracing.AddTo(rules);
        ArithmeticTracing.AddTo(rules);
        ConvolutionTracing.AddTo(rules);
        ImagePartTracing.AddTo(rules);
        NormalizationTracing.AddTo(rules);
        PoolingTracing.AddTo(rules);
        ShapeTracing.AddTo(rules);
        return rules;
    }
}
