using ResNetManaged.Graphs;
using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Loading;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Tracing;

/// <summary>Replays a program's nodes as operations of the library, for one shape of the input.</summary>
/// <param name="program">The program.</param>
/// <param name="parameters">The network's weights.</param>
/// <param name="isTrained">Whether the batch norm whose running mean has a name uses and updates the statistics of a batch.</param>
internal sealed class OnnxTracer(OnnxProgram program, OnnxParameters parameters, Func<string, bool> isTrained)
{
    private static readonly HashSet<string> OfAnyType = ["Shape", "Size", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Identity",
        "Concat"];

    /// <summary>The inputs, from one to another, that are arguments and not data: the shape of the output depends on their elements.</summary>
    private static readonly Dictionary<string, Range> Arguments = new()
    {
        ["ConstantOfShape"] = 0..1,
        ["CumSum"] = 1..2,
        ["Expand"] = 1..2,
        ["OneHot"] = 1..2,
        ["Pad"] = 1..2,
        ["Range"] = 0..3,
        ["ReduceL1"] = 1..2,
        ["ReduceL2"] = 1..2,
        ["ReduceLogSum"] = 1..2,
        ["ReduceLogSumExp"] = 1..2,
        ["ReduceMax"] = 1..2,
        ["ReduceMean"] = 1..2,
        ["ReduceMin"] = 1..2,
        ["ReduceProd"] = 1..2,
        ["ReduceSum"] = 1..2,
        ["ReduceSumSquare"] = 1..2,
        ["Reshape"] = 1..2,
        ["Resize"] = 1..4,
        ["Slice"] = 1..5,
        ["Split"] = 1..2,
        ["Squeeze"] = 1..2,
        ["Tile"] = 1..2,
        ["TopK"] = 1..2,
        ["Unsqueeze"] = 1..2,
        ["Upsample"] = 1..2,
    };

    private readonly Dictionary<string, OnnxValue> _values = [];

    /// <summary>Computes a node's outputs within its scope in the graph that is being built; null for none.</summary>
    public Func<Graph, OnnxNode, Func<OnnxValue[]>, OnnxValue[]>? Scope { get; init; }

    /// <summary>The shape of a value that was computed or is known; null for none.</summary>
    public Shape? Known(string name) => Find(name)?.Shape;

    /// <summary>Whether a value depends on the input.</summary>
    public bool IsComputed(string name) => _values.TryGetValue(name, out OnnxValue? value) && value.Constant is null;

    /// <summary>Whether a computed value's dimensions are in the file's order.</summary>
    public bool IsInOrder(string name) => IsComputed(name) && _values[name].IsInOrder;

    /// <summary>Adds the nodes after one value up to another to its graph.</summary>
    /// <param name="start">The value that is given.</param>
    /// <param name="end">The name of the value that is wanted.</param>
    public OnnxValue Run(OnnxValue start, string end)
    {
        _values[start.Name] = start;
        foreach (OnnxNode node in program.Nodes)
        {
            if (_values.ContainsKey(end)) break;
            if (node.Outputs.Contains(start.Name) || !node.Inputs.TrueForAll(IsReady)) continue;
            Add(node);
        }
        return Find(end)
            ?? throw OnnxErrors.Damaged(program.Model.File, end, $"cannot be computed from '{start.Name}' alone", "expected a network with one way");
    }

    private bool IsReady(string name) => name.Length == 0 || _values.ContainsKey(name) || program.Constants.ContainsKey(name);

    private OnnxValue? Find(string name)
    {
        if (name.Length == 0) return null;
        return _values.TryGetValue(name, out OnnxValue? value) ? value
            : program.Constants.TryGetValue(name, out Constant? constant) ? new OnnxValue(program.NameOf(name), constant) : null;
    }

    private void Add(OnnxNode node)
    {
        OnnxValue?[] inputs = [.. node.Inputs.Select(Find)];
        OnnxValue[] Compute() => Apply(node, inputs) ?? [.. ByArithmetic(node, inputs)];
        OnnxValue? computed = Array.Find(inputs, input => input is { Constant: null });
        IReadOnlyList<OnnxValue> outputs = computed is null
            ? [.. NodeEvaluation.Run(node, [.. inputs.Select(input => input?.Constant)]).Take(node.Outputs.Count).Select((result, i) =>
                new OnnxValue(node.Outputs[i], result))]
            : Scope is null ? Compute() : Scope(computed.Symbol.Graph, node, Compute);
        foreach (OnnxValue output in outputs) _values[output.Name] = output;
    }

    /// <summary>By a rule, which computes in float32.</summary>
    private OnnxValue[]? Apply(OnnxNode node, OnnxValue?[] inputs)
    {
        bool fits = OfAnyType.Contains(node.Operator)
            || Array.TrueForAll(inputs, input => input is null or { Constant: not null } || input.Type.IsFloat());
        try
        {
            return fits ? TracingRules.Apply(new TraceCall(node, inputs, parameters, isTrained)) : null;
        }
        catch (ShapeMismatchException exception)
        {
            throw OnnxErrors.Node(node, $"does not fit its inputs: {exception.Message.TrimEnd('.')}", $"expected what {node.Operator} takes",
                exception);
        }
        catch (Exception exception) when (OnnxErrors.IsOfInputs(exception))
        {
            string shapes = string.Join(", ", inputs.Select(input => input?.Shape.ToString() ?? "none"));
            throw OnnxErrors.Node(node, $"cannot be computed from inputs of shapes {shapes}", $"expected what {node.Operator} takes", exception);
        }
    }

    private static List<OnnxValue> ByArithmetic(OnnxNode node, OnnxValue?[] inputs)
    {
        (int Input, OnnxType Type)[] computed = [.. inputs.Index().Where(input => input.Item is { Constant: null }).Select(input =>
            (input.Index, input.Item!.Type))];
        if (Arguments.TryGetValue(node.Operator, out Range range)
            && Array.Exists(computed, input => input.Input >= range.Start.Value && input.Input < range.End.Value))
        {
            throw OnnxErrors.Node(node, $"reads '{node.Inputs[computed[^1].Input]}', which depends on the elements of the network's input",
                $"expected one that follows from shapes, because the output of {node.Operator} depends on it");
        }
        Value[] symbols = Array.ConvertAll(computed, input => inputs[input.Input]!.Ordered);
        Constant?[] known = Array.ConvertAll(inputs, input => input?.Constant);
        List<OnnxValue> outputs = [];
        for (int i = 0; i < node.Outputs.Count; i++)
        {
            if (node.Outputs[i].Length == 0) continue;
            OnnxOperation operation = new(node, known, computed, i);
            Value output = symbols[0].Graph.Add(operation, symbols);
            outputs.Add(new OnnxValue(node.Outputs[i], output, operation.OutputType));
        }
        return outputs;
    }
}
