using ResNetManaged.Onnx.Constants;

namespace ResNetManaged.Onnx.Operators.Evaluation;

/// <summary>The arithmetic of every operator on constants: how shapes are computed while a graph is read, and what a reference step runs.</summary>
/// <remarks>Slow and plain, in float64, by https://github.com/onnx/onnx/blob/main/docs/Operators.md.</remarks>
internal static class Evaluator
{
    private static readonly Dictionary<string, Func<OnnxCall, Constant[]>> Operators = Create();

    /// <summary>The operators, in alphabetical order.</summary>
    public static IEnumerable<string> Names => Operators.Keys.Order(StringComparer.Ordinal);

    /// <summary>Whether an operator is known.</summary>
    public static bool Knows(string name) => Operators.ContainsKey(name);

    /// <summary>Computes a node's outputs.</summary>
    public static Constant[] Run(OnnxCall call) => Operators[call.Node.Operator](call);

    private static Dictionary<string, Func<OnnxCall, Constant[]>> Create()
    {
        Dictionary<string, Func<OnnxCall, Constant[]>> operators = [];
        ElementwiseOperators.AddTo(operators);
        ShapeOperators.AddTo(operators);
        MovingOperators.AddTo(operators);
        ReductionOperators.AddTo(operators);
        MatrixOperators.AddTo(operators);
        NormalizationOperators.AddTo(operators);
        WindowOperators.AddTo(operators);
        QuantizationOperators.AddTo(operators);
        ResizeOperators.AddTo(operators);
        return operators;
    }
}
