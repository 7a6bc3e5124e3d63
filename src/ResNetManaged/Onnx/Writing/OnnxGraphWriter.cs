using System.Runtime.InteropServices;
using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Onnx.Protobuf;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Writing;

/// <summary>Collects the nodes and the tensors of a graph, and composes a <c>ModelProto</c> of IR version 8 and opset 17.</summary>
internal sealed class OnnxGraphWriter
{
    public const int IrVersion = 8, Opset = 17;

    private readonly List<OnnxNode> _nodes = [];
    private readonly List<(string Name, Constant Constant)> _tensors = [];
    private readonly HashSet<string> _names = [], _written = [];

    /// <summary>Metadata of the model.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether the number of images is that of the graph; otherwise it may be any.</summary>
    public bool FixesBatch { get; init; }

    /// <summary>The names of tensors whose values are elsewhere.</summary>
    public IReadOnlySet<string> LeftOut { get; init; } = new HashSet<string>();

    /// <summary>A name that nothing has yet.</summary>
    public string Unique(string name)
    {
        string unique = name;
        for (int i = 1; !_names.Add(unique); i++) unique = $"{name}_{i}";
        return unique;
    }

    /// <summary>Keeps a name for a tensor.</summary>
    public void Reserve(string name) => _names.Add(name);

    /// <summary>Adds a tensor under a name that was reserved for it, once.</summary>
    public string Tensor(string name, Constant constant)
    {
        if (_written.Add(name) && !LeftOut.Contains(name)) _tensors.Add((name, constant));
        return name;
    }

    /// <summary>Adds a vector of integers.</summary>
    public string Integers(string name, params long[] values)
    {
        string unique = Unique(name);
        _tensors.Add((unique, Constants.Constant.Vector(values)));
        return unique;
    }

    /// <summary>Adds a tensor of numbers.</summary>
    public string Numbers(string name, Tensor tensor)
    {
        string unique = Unique(name);
        _tensors.Add((unique, new Constant(OnnxType.Float32, tensor)));
        return unique;
    }

    /// <summary>Adds a known value of whatever type.</summary>
    public string Constant(string name, Constant constant)
    {
        string unique = Unique(name);
        _tensors.Add((unique, constant));
        return unique;
    }

    /// <summary>Adds a copy of a node of another file, of which one output is read.</summary>
    public string Node(OnnxNode original, string[] inputs, int output)
    {
        OnnxNode node = new() { Name = Unique(original.Title), Operator = original.Operator, Inputs = [.. inputs], Attributes = original.Attributes };
        for (int i = 0; i <= output; i++) node.Outputs.Add(Unique($"{original.Title}_output"));
        _nodes.Add(node);
        return node.Outputs[output];
    }

    /// <summary>Adds a node with one output.</summary>
    /// <returns>The output's name.</returns>
    public string Node(string @operator, string name, IEnumerable<string> inputs, params OnnxAttribute[] attributes)
    {
        OnnxNode node = new() { Name = Unique(name), Operator = @operator, Inputs = [.. inputs], Outputs = [Unique(name + "_output")] };
        foreach (OnnxAttribute attribute in attributes) node.Attributes.Add(attribute.Name, attribute);
        _nodes.Add(node);
        return node.Outputs[0];
    }

    /// <summary>Composes the model.</summary>
    /// <param name="input">The name and the shape of the input; null sizes are any number of images.</param>
    /// <param name="output">The name of the value that is the output, its name to the outside, and its shape.</param>
    /// <param name="producer">The program that writes it, and its version.</param>
    public ProtoWriter Compose((string Name, int?[] Shape) input, (string Value, string Name, int?[] Shape) output,
        (string Name, string Version) producer)
    {
        ProtoWriter model = new();
        model.Integer(1, IrVersion);
        model.Text(2, producer.Name);
        model.Text(3, producer.Version);
        model.Message(7, graph =>
        {
            foreach (OnnxNode node in _nodes) graph.Message(1, message => Write(message, node));
            graph.Message(1, message =>
                Write(message, new OnnxNode { Operator = "Identity", Name = "output", Inputs = [output.Value], Outputs = [output.Name] }));
            graph.Text(2, "main");
            foreach ((string name, Constant constant) in _tensors) graph.Message(5, message => Write(message, name, constant));
            graph.Message(11, message => Write(message, input.Name, input.Shape));
            graph.Message(12, message => Write(message, output.Name, output.Shape));
        });
        model.Message(8, opset =>
        {
            opset.Text(1, "");
            opset.Integer(2, Opset);
        });
        foreach ((string key, string value) in Metadata)
        {
            model.Message(14, entry =>
            {
                entry.Text(1, key);
                entry.Text(2, value);
            });
        }
        return model;
    }

    private static void Write(ProtoWriter message, OnnxNode node)
    {
        foreach (string name in node.Inputs) message.Text(1, name);
        foreach (string name in node.Outputs) message.Text(2, name);
        message.Text(3, node.Name);
        message.Text(4, node.Operator);
        foreach (OnnxAttribute attribute in node.Attributes.Values) message.Message(5, inner => Write(inner, attribute));
    }

    private static void Write(ProtoWriter message, OnnxAttribute attribute)
    {
        const int Float = 1, Int = 2, Text = 3, Floats = 6, Ints = 7; // AttributeProto.AttributeType
        message.Text(1, attribute.Name);
        if (attribute.Number is { } number) message.Single(2, number);
        else if (attribute.Integer is { } integer) message.Integer(3, integer);
        else if (attribute.Text is { } text) message.Text(4, text);
        foreach (float value in attribute.Numbers) message.Single(7, value);
        foreach (long value in attribute.Integers) message.Integer(8, value);
        message.Integer(20, attribute.Number is not null ? Float : attribute.Integer is not null ? Int : attribute.Text is not null ? Text
            : attribute.Numbers.Count > 0 ? Floats : Ints);
    }

    private static void Write(ProtoWriter message, string name, Constant constant)
    {
        foreach (int size in constant.Shape) message.Integer(1, size);
        bool isFloat = constant.Type == OnnxType.Float32;
        message.Integer(2, (long)(isFloat ? OnnxType.Float32 : OnnxType.Int64));
        message.Text(8, name);
        if (!isFloat)
        {
            byte[] bytes = MemoryMarshal.AsBytes<long>(constant.Integers).ToArray();
            ElementType.Int64.SwapForFile(bytes, bigEndian: false);
            message.Raw(9, bytes.Length, stream => stream.Write(bytes));
            return;
        }
        message.Raw(9, (long)constant.Shape.ElementCount * sizeof(float), stream => WriteElements(stream, constant.Tensor));
    }

    private static void WriteElements(Stream stream, Tensor tensor)
    {
        const int Chunk = 1 << 16;
        ReadOnlySpan<float> elements = tensor.ReadOnlySpan;
        byte[] bytes = new byte[Math.Min(Chunk, elements.Length) * sizeof(float)];
        for (int start = 0; start < elements.Length; start += Chunk)
        {
            ReadOnlySpan<float> part = elements.Slice(start, Math.Min(Chunk, elements.Length - start));
            Span<byte> raw = bytes.AsSpan(0, part.Length * sizeof(float));
            MemoryMarshal.AsBytes(part).CopyTo(raw);
            ElementType.Float32.SwapForFile(raw, bigEndian: false);
            stream.Write(raw);
        }
    }

    private static void Write(ProtoWriter message, string name, int?[] shape)
    {
        message.Text(1, name);
        message.Message(2, type => type.Message(1, tensor =>
        {
            tensor.Integer(1, (long)OnnxType.Float32);
            tensor.Message(2, sizes =>
            {
                foreach (int? size in shape)
                {
                    sizes.Message(1, dimension =>
                    {
                        if (size is { } known) dimension.Integer(1, known);
                        else dimension.Text(2, "batch");
                    });
                }
            });
        }));
    }
}
