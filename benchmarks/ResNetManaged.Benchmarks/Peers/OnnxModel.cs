using System.Runtime.InteropServices;
using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Graphs.Operations.Shapes;
using ResNetManaged.Tensors;

namespace ResNetManaged.Benchmarks.Peers;

/// <summary>Our graph as an ONNX model in memory, for ONNX Runtime to run.</summary>
/// <remarks>One ONNX node for each of ours, as PyTorch's exporter writes them before folding. Field numbers: onnx.proto.</remarks>
internal sealed class OnnxModel
{
    public const string InputName = "input", OutputName = "output";

    private const int IrVersion = 8, OperatorSet = 17;
    private const int FloatType = 1, Int64Type = 7; // TensorProto.DataType
    private const int FloatAttribute = 1, IntAttribute = 2, IntsAttribute = 7; // AttributeProto.AttributeType

    private readonly ProtobufWriter _graph = new();
    private readonly Dictionary<Value, string> _names = [];
    private int _constants;

    private OnnxModel(Graph graph)
    {
        _names[graph.Input] = InputName;
        foreach (Node node in graph.Nodes) _names[node.Output] = node.Output == graph.Output ? OutputName : $"v{_names.Count}";
        foreach (Node node in graph.Nodes) Add(node);
        _graph.Text(2, "ResNet").Message(11, ValueInfo(InputName, graph.Input.Shape)).Message(12, ValueInfo(OutputName, graph.Output.Shape));
    }

    /// <summary>The bytes of the model file.</summary>
    /// <exception cref="NotSupportedException">The graph has an operation that no ResNet has.</exception>
    public static byte[] Write(Graph graph) => new ProtobufWriter()
        .Integer(1, IrVersion)
        .Message(7, new OnnxModel(graph)._graph)
        .Message(8, new ProtobufWriter().Text(1, "").Integer(2, OperatorSet))
        .ToArray();

    private void Add(Node node)
    {
        string output = _names[node.Output];
        string[] inputs = [.. node.Inputs.Select(value => _names[value])];
        switch (node.Operation)
        {
            case Conv2dOperation convolution:
                Add("Conv", [.. inputs, Constant(convolution.Weight), .. Optional(convolution.Bias)], output,
                    Ints("kernel_shape", convolution.Weight.Shape[2], convolution.Weight.Shape[3]), Ints("strides", convolution.Stride),
                    Pads(convolution.Padding), Ints("dilations", convolution.Dilation), Int("group", convolution.Groups));
                break;
            case BatchNorm2dOperation { Training: false, Weight: { } weight, Bias: { } bias, RunningMean: { } mean, RunningVar: { } variance } norm:
                Add("BatchNormalization", [.. inputs, Constant(weight), Constant(bias), Constant(mean), Constant(variance)], output,
                    Float("epsilon", (float)norm.Eps));
                break;
            case ReluOperation: Add("Relu", inputs, output); break;
            case AddOperation: Add("Add", inputs, output); break;
            case MaxPool2dOperation pool:
                Add("MaxPool", inputs, output, Ints("kernel_shape", pool.KernelSize), Ints("strides", pool.Stride), Pads(pool.Padding),
                    Ints("dilations", pool.Dilation), Int("ceil_mode", pool.CeilMode ? 1 : 0));
                break;
            case AvgPool2dOperation pool:
                Add("AveragePool", inputs, output, Ints("kernel_shape", pool.KernelSize), Ints("strides", pool.Stride), Pads(pool.Padding),
                    Int("ceil_mode", pool.CeilMode ? 1 : 0), Int("count_include_pad", pool.CountIncludePad ? 1 : 0));
                break;
            case AdaptiveAvgPool2dOperation { OutputSize.Area: 1 }: Add("GlobalAveragePool", inputs, output); break;
            case FlattenOperation { StartDim: 1, EndDim: -1 }: Add("Flatten", inputs, output, Int("axis", 1)); break;
            case LinearOperation linear:
                Add("Gemm", [.. inputs, Constant(linear.Weight), .. Optional(linear.Bias)], output, Int("transB", 1));
                break;
            case ZeroPadShortcutOperation shortcut: AddShortcut(shortcut, inputs[0], output); break;
            default: throw new NotSupportedException($"ONNX model: {node} has no counterpart here.");
        }
    }

    /// <summary>Every stride-th pixel, then channels of zeros before and after.</summary>
    private void AddShortcut(ZeroPadShortcutOperation shortcut, string input, string output)
    {
        int missing = shortcut.OutChannels - shortcut.InChannels, front = missing / 2;
        string subsampled = output + "_subsampled";
        string starts = Constant(0, 0), ends = Constant(int.MaxValue, int.MaxValue), axes = Constant(2, 3);
        Add("Slice", [input, starts, ends, axes, Constant(shortcut.Stride.Height, shortcut.Stride.Width)], subsampled);
        Add("Pad", [subsampled, Constant(0, front, 0, 0, 0, missing - front, 0, 0)], output);
    }

    private void Add(string operation, string[] inputs, string output, params ProtobufWriter[] attributes)
    {
        ProtobufWriter node = new();
        foreach (string input in inputs) node.Text(1, input);
        node.Text(2, output).Text(4, operation);
        foreach (ProtobufWriter attribute in attributes) node.Message(5, attribute);
        _graph.Message(1, node);
    }

    private IEnumerable<string> Optional(StateTensor? tensor) => tensor is null ? [] : [Constant(tensor)];

    private string Constant(StateTensor tensor) =>
        Constant(FloatType, [.. tensor.Shape.Select(size => (long)size)], MemoryMarshal.AsBytes(tensor.Value.ReadOnlySpan));

    private string Constant(params ReadOnlySpan<long> values) => Constant(Int64Type, [values.Length], MemoryMarshal.AsBytes(values));

    private string Constant(int type, long[] dimensions, ReadOnlySpan<byte> data)
    {
        string name = $"c{_constants++}";
        ProtobufWriter tensor = new();
        foreach (long size in dimensions) tensor.Integer(1, size);
        _graph.Message(5, tensor.Integer(2, type).Text(8, name).Bytes(9, data));
        return name;
    }

    private static ProtobufWriter Int(string name, long value) => new ProtobufWriter().Text(1, name).Integer(3, value).Integer(20, IntAttribute);

    private static ProtobufWriter Float(string name, float value) => new ProtobufWriter().Text(1, name).Float(2, value).Integer(20, FloatAttribute);

    private static ProtobufWriter Ints(string name, Size2D size) => Ints(name, size.Height, size.Width);

    private static ProtobufWriter Pads(Padding2D padding) => Ints("pads", padding.Top, padding.Left, padding.Bottom, padding.Right);

    private static ProtobufWriter Ints(string name, params ReadOnlySpan<long> values)
    {
        ProtobufWriter attribute = new ProtobufWriter().Text(1, name);
        foreach (long value in values) attribute.Integer(8, value);
        return attribute.Integer(20, IntsAttribute);
    }

    /// <summary>A name with its type: float32 of a fixed shape.</summary>
    private static ProtobufWriter ValueInfo(string name, Shape shape)
    {
        ProtobufWriter dimensions = new();
        foreach (int size in shape) dimensions.Message(1, new ProtobufWriter().Integer(1, size));
        ProtobufWriter tensorType = new ProtobufWriter().Integer(1, FloatType).Message(2, dimensions);
        return new ProtobufWriter().Text(1, name).Message(2, new ProtobufWriter().Message(1, tensorType));
    }
}
