using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Writing;

/// <summary>A node of a graph on its way into an ONNX file.</summary>
/// <param name="node">The node.</param>
/// <param name="inputs">The names of the values that it reads.</param>
/// <param name="graph">The graph that is written.</param>
/// <param name="names">The paths of parameters and buffers.</param>
internal sealed class ExportCall(Node node, IReadOnlyList<string> inputs, OnnxGraphWriter graph, IReadOnlyDictionary<StateTensor, string> names)
{
    public Operation Operation => node.Operation;

    public Shape Input => node.Inputs[0].Shape;

    public Shape Output => node.Output.Shape;

    public IReadOnlyList<string> Inputs => inputs;

    public OnnxGraphWriter Graph => graph;

    /// <summary>The name of the node: its module's path, and the operator if the module has none.</summary>
    public string Title => node.ModulePath.Length == 0 ? node.Operation.Name : node.ModulePath;

    /// <summary>Adds a node of an operator that reads this one's first input.</summary>
    public string Node(string @operator, params OnnxAttribute[] attributes) => graph.Node(@operator, Title, [inputs[0]], attributes);

    /// <summary>Adds a node of an operator that reads this one's first input, and others.</summary>
    public string Node(string @operator, string[] others, params OnnxAttribute[] attributes) =>
        graph.Node(@operator, Title, [inputs[0], .. others], attributes);

    /// <summary>Adds a parameter or a buffer under its path.</summary>
    public string State(StateTensor tensor, Tensor? value = null) =>
        graph.Tensor(names.GetValueOrDefault(tensor) ?? graph.Unique(Title + ".tensor"), new Constant(OnnxType.Float32, value ?? tensor.Value));

    /// <summary>Adds a parameter, or the number that stands for one that is missing.</summary>
    public string State(StateTensor? tensor, float missing, int count) =>
        tensor is null ? graph.Numbers(Title + ".constant", Tensor.Full([count], missing)) : State(tensor);

    public static OnnxAttribute Is(string name, int value) => Is(name, (long)value);

    public static OnnxAttribute Is(string name, long value) => new() { Name = name, Integer = value };

    public static OnnxAttribute Is(string name, double value) => new() { Name = name, Number = (float)value };

    public static OnnxAttribute Is(string name, params long[] values)
    {
        OnnxAttribute attribute = new() { Name = name };
        attribute.Integers.AddRange(values);
        return attribute;
    }

    public static OnnxAttribute Is(string name, Size2D size) => Is(name, [size.Height, size.Width]);

    public static OnnxAttribute Is(string name, Padding2D padding) => Is(name, [padding.Top, padding.Left, padding.Bottom, padding.Right]);
}
