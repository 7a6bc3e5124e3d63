using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;

namespace ResNetManaged.Onnx.Rewriting;

/// <summary>Finds and replaces groups of nodes that stand for one operator.</summary>
/// <param name="nodes">The nodes, in order; changed in place.</param>
/// <param name="constants">The values that are known.</param>
/// <param name="output">The name of the network's output.</param>
internal sealed class NodePatterns(List<OnnxNode> nodes, IReadOnlyDictionary<string, Constant> constants, string output)
{
    private readonly Dictionary<string, OnnxNode> _producers = Producers(nodes);
    private readonly Dictionary<string, int> _readers = Readers(nodes, output);

    /// <summary>The nodes, in an order that replacing does not disturb.</summary>
    public OnnxNode[] Nodes => [.. nodes];

    /// <summary>The node of an operator that computes a value which only one node reads; null if it is not one.</summary>
    public OnnxNode? Only(string name, string @operator) => Any(name, @operator) is { } node && _readers.GetValueOrDefault(name) == 1 ? node : null;

    /// <summary>The node of an operator that computes a value; null if it is not one.</summary>
    public OnnxNode? Any(string name, string @operator) =>
        _producers.TryGetValue(name, out OnnxNode? node) && node.Operator == @operator && node.Domain.Length == 0 && node.Outputs.Count == 1 ? node
            : null;

    /// <summary>How often a value is read.</summary>
    public int ReadersOf(string name) => _readers.GetValueOrDefault(name);

    /// <summary>The elements of an input if it is known; null if not.</summary>
    public Constant? Known(OnnxNode node, int input) => input < node.Inputs.Count ? constants.GetValueOrDefault(node.Inputs[input]) : null;

    /// <summary>Whether an input is one known number, up to the digits that exporters write.</summary>
    public bool IsNumber(OnnxNode node, int input, double number) =>
        Known(node, input) is { Shape.ElementCount: 1 } constant && constant.Type != OnnxType.Text
            && Math.Abs(constant.Scalar - number) <= 1e-4 * Math.Abs(number);

    /// <summary>The other input of a node of two inputs; null if it does not read the value, or only that.</summary>
    public static string? Other(OnnxNode node, string name) =>
        node.Inputs.Count != 2 ? null : node.Inputs[0] == name ? node.Inputs[1] : node.Inputs[1] == name ? node.Inputs[0] : null;

    /// <summary>The computed input of a node whose other one is a known number; null if it has no such inputs.</summary>
    public string? Beside(OnnxNode node, double number)
    {
        if (node.Inputs.Count != 2) return null;
        return IsNumber(node, 1, number) ? node.Inputs[0] : IsNumber(node, 0, number) ? node.Inputs[1] : null;
    }

    /// <summary>Puts one node in place of several; the last of them computes its output.</summary>
    public void Replace(OnnxNode by, params ReadOnlySpan<OnnxNode> group)
    {
        OnnxNode last = group[^1];
        int at = nodes.IndexOf(last);
        nodes[at] = by;
        foreach (OnnxNode node in group)
        {
            if (node != last) nodes.Remove(node);
            foreach (string input in node.Inputs) _readers[input] = _readers.GetValueOrDefault(input) - 1;
        }
        foreach (string input in by.Inputs) _readers[input] = _readers.GetValueOrDefault(input) + 1;
        foreach (string name in by.Outputs) _producers[name] = by;
    }

    /// <summary>A node of an operator that takes over the name and the output of another.</summary>
    public static OnnxNode Named(OnnxNode after, string @operator, List<string> inputs, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        const int WithGelu = 20; // the opset that knows all operators that groups are replaced by
        OnnxNode node = new()
        {
            File = after.File,
            Name = after.Name,
            Budget = after.Budget,
            Operator = @operator,
            Opset = Math.Max(after.Opset, WithGelu),
            Inputs = inputs,
            Outputs = after.Outputs,
        };
        foreach (OnnxAttribute attribute in attributes) node.Attributes[attribute.Name] = attribute;
        return node;
    }

    private static Dictionary<string, OnnxNode> Producers(List<OnnxNode> nodes)
    {
        Dictionary<string, OnnxNode> producers = [];
        foreach (OnnxNode node in nodes)
        {
            foreach (string name in node.Outputs) producers[name] = node;
        }
        return producers;
    }

    private static Dictionary<string, int> Readers(List<OnnxNode> nodes, string output)
    {
        Dictionary<string, int> readers = new() { [output] = 1 };
        foreach (OnnxNode node in nodes)
        {
            foreach (string name in node.Inputs) readers[name] = readers.GetValueOrDefault(name) + 1;
        }
        return readers;
    }
}
