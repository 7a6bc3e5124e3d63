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
            node.Budget?.TakeWork(node, inputs.Sum(input => input?.Shape.ElementCount ?? 0L));
            Constant[] results = Evaluator.Run(new OnnxCall(node, inputs));
            if (node.Budget is { } budget) Take(budget, node, results);
            return results.Length >= node.Outputs.Count ? results
                : throw OnnxErrors.Node(node, $"has {node.Outputs.Count} outputs", $"expected at most {results.Length} of {node.Operator}");
        }
        catch (Exception exception) when (OnnxErrors.IsOfInputs(exception))
        {
            string shapes = string.Join(", ", inputs.Select(input => input?.Shape.ToString() ?? "none"));
            throw OnnxErrors.Node(node, $"cannot be computed from inputs of shapes {shapes}", $"expected what {node.Operator} takes", exception);
        }
    }

    private static void Take(LoadingBudget budget, OnnxNode node, Constant[] results)
    {
        long count = results.Sum(result => (long)result.Shape.ElementCount);
        budget.TakeWork(node, count);
        if (budget.IsFolding) budget.TakeMemory(node, count * sizeof(double));
    }
}
