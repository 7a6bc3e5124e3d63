using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Onnx.Operators.Evaluation;

namespace ResNetManaged.Onnx.Loading;

/// <summary>Runs a node's arithmetic on known values; whatever its inputs make it do, the error is about the node.</summary>
internal static class NodeEvaluation
{
    public static Constant[] Run(OnnxNode node, Constant?[] inputs)
    {
        try
        {
            Constant[] results = Evaluator.Run(new OnnxCall(node, inputs));
            return results.Length >= node.Outputs.Count ? results
                : throw OnnxErrors.Node(node, $"has {node.Outputs.Count} outputs", $"expected at most {results.Length} of {node.Operator}");
        }
        catch (Exception exception) when (exception is IndexOutOfRangeException or ArgumentException or OverflowException or DivideByZeroException
            or InvalidOperationException)
        {
            throw OnnxErrors.Node(node, $"cannot be computed from inputs of shapes {string.Join(", ", inputs.Select(input => input?.Shape.ToString() ?? "none"))}",
                $"expected what {node.Operator} takes", exception);
        }
    }
}
