using System.Globalization;
using ResNetManaged.Onnx.Model;

namespace ResNetManaged.Onnx.Loading;

/// <summary>Replaces calls of functions that a model defines by the functions' nodes.</summary>
internal static class FunctionInliner
{
    private const int MaxDepth = 32;

    /// <summary>Functions may call each other, so that a small file could stand for any number of nodes.</summary>
    private const int MaxNodes = 50_000;

    private const int PerNode = 256, PerName = 64; // bytes, about

    /// <summary>The nodes of the model's graph, without calls.</summary>
    public static List<OnnxNode> Inline(OnnxModel model, LoadingBudget budget)
    {
        Dictionary<(string, string), OnnxFunction> functions = [];
        foreach (OnnxFunction function in model.Functions) functions[(function.Domain, function.Name)] = function;
        List<OnnxNode> result = [];
        foreach (OnnxNode node in model.Graph.Nodes) Add(node, functions, result, budget, depth: 0);
        return result;
    }

    private static void Add(OnnxNode node, Dictionary<(string, string), OnnxFunction> functions, List<OnnxNode> result, LoadingBudget budget,
        int depth)
    {
        if (!functions.TryGetValue((node.Domain, node.Operator), out OnnxFunction? function))
        {
            if (result.Count == MaxNodes) throw OnnxErrors.Node(node, $"is beyond {MaxNodes} nodes", "expected a smaller network");
            result.Add(node);
            return;
        }
        budget.TakeMemory(node, PerNode + SizeOf(function.Inputs) + SizeOf(function.Outputs));
        if (depth == MaxDepth) throw OnnxErrors.Node(node, $"calls functions more than {MaxDepth} deep", "expected fewer levels");
        string prefix = string.Create(CultureInfo.InvariantCulture, $"{node.Title}/{result.Count}/");
        Dictionary<string, string> names = [];
        for (int i = 0; i < function.Inputs.Count; i++) names[function.Inputs[i]] = i < node.Inputs.Count ? node.Inputs[i] : "";
        for (int i = 0; i < function.Outputs.Count; i++)
        {
            string given = i < node.Outputs.Count && node.Outputs[i].Length > 0 ? node.Outputs[i] : prefix + function.Outputs[i];
            if (names.TryAdd(function.Outputs[i], given)) continue;
            result.Add(new OnnxNode // an input that is returned as it is
            {
                File = node.File,
                Name = prefix,
                Operator = "Identity",
                Inputs = [names[function.Outputs[i]]],
                Outputs = [given],
            });
        }
        string Named(string name) => name.Length == 0 ? "" : names.TryGetValue(name, out string? known) ? known : names[name] = prefix + name;
        foreach (OnnxNode inner in function.Nodes)
        {
            budget.TakeMemory(inner, PerNode + prefix.Length * sizeof(char) * (1L + inner.Inputs.Count + inner.Outputs.Count)
                + SizeOf(inner.Inputs) + SizeOf(inner.Outputs) + SizeOf(inner.Attributes.Keys));
            Add(new OnnxNode
            {
                File = node.File,
                Name = prefix + inner.Name,
                Operator = inner.Operator,
                Domain = inner.Domain,
                Opset = function.Opsets.GetValueOrDefault(inner.Domain),
                Inputs = inner.Inputs.ConvertAll(Named),
                Outputs = inner.Outputs.ConvertAll(Named),
                Attributes = Resolve(inner, node, function),
            }, functions, result, budget, depth + 1);
        }
    }

    private static long SizeOf(IReadOnlyCollection<string> names) => names.Sum(name => PerName + (long)name.Length * sizeof(char));

    /// <summary>The attributes of a function's node, with those of the call in place of references.</summary>
    private static Dictionary<string, OnnxAttribute> Resolve(OnnxNode inner, OnnxNode call, OnnxFunction function)
    {
        Dictionary<string, OnnxAttribute> attributes = [];
        foreach ((string name, OnnxAttribute attribute) in inner.Attributes)
        {
            if (attribute.Reference.Length == 0) attributes[name] = attribute;
            else if (call.Attributes.TryGetValue(attribute.Reference, out OnnxAttribute? given)
                || function.Defaults.TryGetValue(attribute.Reference, out given))
                attributes[name] = given;
        }
        return attributes;
    }
}
