using ResNetManaged.Onnx;
using ResNetManaged.Onnx.Protobuf;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Onnx;

/// <summary>Composes ONNX models by hand, valid or not. Names are separated by spaces; <c>_</c> is one that is left out.</summary>
internal sealed class ModelBuilder(long opset = 17, long irVersion = 8)
{
    private const long Float32 = 1, UInt8 = 2, Int64 = 7; // TensorProto.DataType

    private readonly List<Action<ProtoWriter>> _graph = [], _model = [];

    /// <summary>The attribute of the enclosing function that an attribute stands for.</summary>
    public sealed record Reference(string Name);

    /// <summary>Adds an input; negative sizes are open.</summary>
    public ModelBuilder Input(string name, params int[] sizes) => Info(11, name, sizes);

    public ModelBuilder BytesInput(string name, params int[] sizes) => Info(11, name, sizes, UInt8);

    public ModelBuilder Output(string name, params int[] sizes) => Info(12, name, sizes);

    public ModelBuilder Node(string @operator, string inputs, string outputs, params (string Name, object Value)[] attributes) =>
        Add(graph => graph.Message(1, node => Node(node, @operator, inputs, outputs, attributes)));

    public ModelBuilder Floats(string name, Shape shape, params float[] values) => Add(graph => graph.Message(5, tensor =>
        Tensor(tensor, name, shape, values)));

    public ModelBuilder Floats(string name, Tensor tensor) => Floats(name, tensor.Shape, tensor.ReadOnlySpan.ToArray());

    public ModelBuilder Integers(string name, params long[] values) => Add(graph => graph.Message(5, tensor => Tensor(tensor, name, values)));

    /// <summary>Adds a tensor of float32 in another file; null leaves an entry out.</summary>
    public ModelBuilder External(string name, Shape shape, string location, string? offset = null, string? length = null) => Add(graph =>
        graph.Message(5, tensor =>
    {
        foreach (int size in shape) tensor.Integer(1, size);
        tensor.Integer(2, Float32);
        tensor.Text(8, name);
        foreach ((string key, string? value) in (IEnumerable<(string, string?)>)[("location", location), ("offset", offset), ("length", length)])
        {
            if (value is not null) tensor.Message(13, entry => Entry(entry, key, value));
        }
        tensor.Integer(14, 1);
    }));

    /// <summary>Adds any field to the graph.</summary>
    public ModelBuilder Add(Action<ProtoWriter> compose)
    {
        _graph.Add(compose);
        return this;
    }

    /// <summary>Adds any field to the model.</summary>
    public ModelBuilder AddToModel(Action<ProtoWriter> compose)
    {
        _model.Add(compose);
        return this;
    }

    public ModelBuilder Function(string name, string inputs, string outputs, params (string Operator, string Inputs, string Outputs, (string,
        object)[] Attributes)[] nodes) =>
        AddToModel(model => model.Message(25, function =>
        {
            function.Text(1, name);
            foreach (string input in Names(inputs)) function.Text(4, input);
            foreach (string output in Names(outputs)) function.Text(5, output);
            foreach (var node in nodes) function.Message(7, message => Node(message, node.Operator, node.Inputs, node.Outputs, node.Attributes));
            function.Message(9, version => Opset(version, "", opset));
            function.Text(10, "local");
        }));

    public byte[] ToArray()
    {
        ProtoWriter model = new();
        model.Integer(1, irVersion);
        model.Text(2, "test");
        model.Message(7, graph => _graph.ForEach(compose => compose(graph)));
        model.Message(8, version => Opset(version, "", opset));
        model.Message(8, version => Opset(version, "local", 1));
        _model.ForEach(compose => compose(model));
        using MemoryStream stream = new();
        model.WriteTo(stream);
        return stream.ToArray();
    }

    public OnnxNetwork Read() => Read(ToArray());

    public static OnnxNetwork Read(byte[] model)
    {
        using MemoryStream stream = new(model);
        return (OnnxNetwork)OnnxFile.Read(stream);
    }

    /// <summary>The network's output in the reference executor; asserts that a plan computes the same up to rounding.</summary>
    public float[] Run(Tensor input)
    {
        OnnxNetwork network = Read();
        float[] expected = network.ForwardReference(input).ReadOnlySpan.ToArray();
        Tensor actual = network.Forward(input);
        double largest = expected.Max(Math.Abs);
        Close.AssertWithin(actual.ReadOnlySpan, Array.ConvertAll(expected, x => (double)x), [.. expected.Select(_ =>
            largest)], Close.SumTolerance(1000), "plan");
        return expected;
    }

    private static string[] Names(string names) =>
        Array.ConvertAll(names.Split(' ', StringSplitOptions.RemoveEmptyEntries), name => name == "_" ? "" : name);

    private static void Node(ProtoWriter node, string @operator, string inputs, string outputs, (string Name, object Value)[] attributes)
    {
        foreach (string name in Names(inputs)) node.Text(1, name);
        foreach (string name in Names(outputs)) node.Text(2, name);
        string[] parts = @operator.Split(':');
        node.Text(4, parts[^1]);
        foreach ((string name, object value) in attributes) node.Message(5, attribute => Attribute(attribute, name, value));
        if (parts.Length > 1) node.Text(7, parts[0]);
    }

    private static void Attribute(ProtoWriter attribute, string name, object value)
    {
        attribute.Text(1, name);
        switch (value)
        {
            case int number: attribute.Integer(3, number); break;
            case long number: attribute.Integer(3, number); break;
            case float number: attribute.Single(2, number); break;
            case string text: attribute.Text(4, text); break;
            case int[] numbers: Array.ForEach(numbers, number => attribute.Integer(8, number)); break;
            case float[] numbers: Array.ForEach(numbers, number => attribute.Single(7, number)); break;
            case Reference reference: attribute.Text(21, reference.Name); break;
            case Tensor tensor: attribute.Message(5, message => Tensor(message, "", tensor.Shape, tensor.ReadOnlySpan.ToArray())); break;
            case long[] integers: attribute.Message(5, message => Tensor(message, "", integers)); break;
            case ModelBuilder graph: attribute.Message(6, message => graph._graph.ForEach(compose => compose(message))); break;
            default: throw new ArgumentException($"{value.GetType()}", nameof(value));
        }
    }

    private static void Tensor(ProtoWriter tensor, string name, Shape shape, float[] values)
    {
        foreach (int size in shape) tensor.Integer(1, size);
        tensor.Integer(2, Float32);
        tensor.Text(8, name);
        byte[] bytes = new byte[values.Length * sizeof(float)];
        Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        tensor.Raw(9, bytes.Length, stream => stream.Write(bytes));
    }

    private static void Tensor(ProtoWriter tensor, string name, long[] values)
    {
        tensor.Integer(1, values.Length);
        tensor.Integer(2, Int64);
        foreach (long value in values) tensor.Integer(7, value);
        tensor.Text(8, name);
    }

    private ModelBuilder Info(int field, string name, int[] sizes, long elementType = Float32) => Add(graph => graph.Message(field, info =>
    {
        info.Text(1, name);
        info.Message(2, type => type.Message(1, tensor =>
        {
            tensor.Integer(1, elementType);
            tensor.Message(2, shape =>
            {
                foreach (int size in sizes) shape.Message(1, dimension => Size(dimension, size));
            });
        }));
    }));

    private static void Size(ProtoWriter dimension, int size)
    {
        if (size < 0) dimension.Text(2, "N");
        else dimension.Integer(1, size);
    }

    private static void Opset(ProtoWriter version, string domain, long number)
    {
        version.Text(1, domain);
        version.Integer(2, number);
    }

    private static void Entry(ProtoWriter entry, string key, string value)
    {
        entry.Text(1, key);
        entry.Text(2, value);
    }
}
