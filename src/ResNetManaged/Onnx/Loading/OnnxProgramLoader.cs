using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Onnx.Operators.Evaluation;
using ResNetManaged.Onnx.Rewriting;
using ResNetManaged.Serialization;

namespace ResNetManaged.Onnx.Loading;

/// <summary>Checks a model's graph and puts it in order; everything that follows from weights alone is computed.</summary>
internal static class OnnxProgramLoader
{
    private const int NewestOpset = 25;

    /// <summary>What operators before version 7 had: other rules of broadcasting, and memory to share.</summary>
    private static readonly string[] AncientAttributes = ["broadcast", "consumed_inputs"];

    /// <summary>
    /// Operators whose output has the elements of the first input, in the same order. Identity is not one: exporters write it for tensors that are
    /// equal, with their own names, and training must be able to change one of them.
    /// </summary>
    private static readonly HashSet<string> KeepsElements = ["Flatten", "Reshape", "Squeeze", "Unsqueeze"];

    /// <summary>Loads the program of a file or a stream.</summary>
    /// <param name="source">The model.</param>
    /// <param name="folder">The folder whose files may hold data of its tensors; null for none.</param>
    /// <param name="given">Values of some of the graph's inputs; null for none.</param>
    /// <param name="output">The output that is wanted; null for the first.</param>
    public static OnnxProgram Load(ByteSource source, string? folder, IReadOnlyDictionary<string, Constant>? given = null, string? output = null)
    {
        OnnxModel model = new OnnxModelReader(source).Read();
        TensorFiles files = new(source, folder);
        Dictionary<string, Constant> constants = [];
        foreach (OnnxTensor tensor in model.Graph.Initializers)
        {
            if (!constants.TryAdd(tensor.Name, tensor.ToConstant(files)))
                throw OnnxErrors.Damaged(model.File, tensor.Name, "is there twice as an initializer", "expected each tensor once");
        }
        foreach ((string name, Constant constant) in given ?? new Dictionary<string, Constant>()) constants[name] = constant;
        LoadingBudget budget = new(source.Length);
        List<OnnxNode> nodes = FunctionInliner.Inline(model, budget);
        foreach (OnnxNode node in nodes) node.Budget = budget;
        SetOpsets(model, nodes);
        nodes.RemoveAll(node => TakeConstants(node, files, constants));
        files.Complete();
        OnnxValueInfo input = given?.Count == model.Graph.Inputs.Count ? new OnnxValueInfo("", OnnxType.Undefined, null) : InputOf(model, constants);
        if (model.Graph.Outputs.Count == 0) throw OnnxErrors.Damaged(model.File, null, "has no output", "expected at least one");
        List<string> notes = [];
        output ??= WithoutSoftmax(model, nodes, notes);
        if (output == input.Name) throw OnnxErrors.Damaged(model.File, output, "is the output and the input", "expected a network between them");
        nodes = NodeOrder.Sort(model.File, nodes, [input.Name, .. constants.Keys], output);
        CheckOperators(nodes);
        Dictionary<string, string> aliases = [];
        nodes.RemoveAll(node => Fold(node, constants, aliases));
        budget.IsFolding = false;
        Rewrites.Apply(nodes, constants, output);
        return new OnnxProgram
        {
            Model = model,
            Input = input,
            Output = output,
            Constants = constants,
            Aliases = aliases,
            Nodes = nodes,
            Notes = notes,
        };
    }

    /// <summary>The first output; what it is the Softmax of, if it is one over classes.</summary>
    private static string WithoutSoftmax(OnnxModel model, List<OnnxNode> nodes, List<string> notes)
    {
        string output = model.Graph.Outputs[0].Name;
        if (model.Graph.Outputs.Count > 1) notes.Add($"has {model.Graph.Outputs.Count} outputs; '{output}', the first, is computed");
        OnnxNode? last = nodes.Find(node => node.Outputs.Contains(output));
        if (last is not { Operator: "Softmax", Domain.Length: 0, Inputs.Count: 1 } || last.Integer("axis", 1) is not (1 or -1)) return output;
        notes.Add("ends in a Softmax, which is left out: the outputs are logits");
        return last.Inputs[0];
    }

    private static OnnxValueInfo InputOf(OnnxModel model, Dictionary<string, Constant> constants)
    {
        OnnxValueInfo[] open = [.. model.Graph.Inputs.Where(input => !constants.ContainsKey(input.Name))];
        return open.Length == 1 ? open[0] : throw OnnxErrors.Damaged(model.File, null,
            $"has {open.Length} inputs{(open.Length == 0 ? "" : $": {string.Join(", ", open.Take(5).Select(input => $"'{input.Name}'"))}")}",
                "expected one, images");
    }

    private static void SetOpsets(OnnxModel model, List<OnnxNode> nodes)
    {
        foreach (OnnxNode node in nodes)
        {
            if (node.Opset != 0) continue; // of a function with versions of its own
            node.Opset = model.Opsets.GetValueOrDefault(node.Domain, node.Domain.Length == 0 ? 1 : 0);
        }
    }

    private static void CheckOperators(List<OnnxNode> nodes)
    {
        foreach (OnnxNode node in nodes)
        {
            if (node.Domain.Length > 0 || !Evaluator.Knows(node.Operator))
            {
                throw OnnxErrors.Node(node,
                    $"is the operator {node.Operator} of domain '{(node.Domain.Length == 0 ? "ai.onnx" : node.Domain)}', opset {node.Opset}",
                    "expected one that docs/onnx.md lists");
            }
            if (node.Opset is < 1 or > NewestOpset || Array.Exists(AncientAttributes, node.Attributes.ContainsKey))
                throw OnnxErrors.Node(node, $"is of opset {node.Opset}", $"expected 7 to {NewestOpset}, or an older one that means the same");
            if (node.Attributes.Values.FirstOrDefault(attribute => attribute.Graph is not null) is { } attribute)
                throw OnnxErrors.Node(node, $"has a graph as its attribute '{attribute.Name}'", "expected a network without control flow");
        }
    }

    /// <summary>Takes the value of a Constant node, and reads the tensors that are attributes of others.</summary>
    private static bool TakeConstants(OnnxNode node, TensorFiles files, Dictionary<string, Constant> constants)
    {
        if (node is not { Operator: "Constant", Domain.Length: 0 })
        {
            foreach (OnnxAttribute attribute in node.Attributes.Values) attribute.Value ??= attribute.Tensor?.ToConstant(files);
            return false;
        }
        OnnxAttribute? value = node.Attributes.Values.FirstOrDefault(attribute => attribute.Name.StartsWith("value", StringComparison.Ordinal));
        if (node.Outputs.Count != 1) throw OnnxErrors.Node(node, $"has {node.Outputs.Count} outputs", "expected one");
        constants[node.Outputs[0]] = value switch
        {
            { Name: "value", Tensor: { } tensor } => value.Value ??= tensor.ToConstant(files),
            { Name: "value_int", Integer: { } integer } => new Constant(OnnxType.Int64, [], [integer]),
            { Name: "value_float", Number: { } number } => new Constant(OnnxType.Float32, [], [number]),
            { Name: "value_ints" } => Constant.Vector(value.Integers),
            { Name: "value_floats" } => new Constant(OnnxType.Float32, [value.Numbers.Count], [.. value.Numbers]),
            { Name: "value_string", Text: { } text } => new Constant([], [text]),
            { Name: "value_strings" } => new Constant([value.Texts.Count], [.. value.Texts]),
            _ => throw OnnxErrors.Node(node, "has no value", "expected a dense constant"),
        };
        return true;
    }

    /// <summary>Computes a node whose inputs are all known.</summary>
    private static bool Fold(OnnxNode node, Dictionary<string, Constant> constants, Dictionary<string, string> aliases)
    {
        if (!node.Inputs.TrueForAll(input => input.Length == 0 || constants.ContainsKey(input))) return false;
        Constant[] results = NodeEvaluation.Run(node, [.. node.Inputs.Select(input => input.Length == 0 ? null : constants[input])]);
        for (int i = 0; i < node.Outputs.Count; i++)
        {
            if (node.Outputs[i].Length > 0) constants[node.Outputs[i]] = results[i];
        }
        if (KeepsElements.Contains(node.Operator)) aliases[node.Outputs[0]] = aliases.GetValueOrDefault(node.Inputs[0], node.Inputs[0]);
        return true;
    }
}
