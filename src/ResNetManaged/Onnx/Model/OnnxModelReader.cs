using ResNetManaged.Onnx.Protobuf;
using ResNetManaged.Serialization;

namespace ResNetManaged.Onnx.Model;

/// <summary>Reads a <c>ModelProto</c>. The numbers are those of the fields in https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.</summary>
internal sealed class OnnxModelReader(ByteSource source)
{
    private const int OldestIr = 3, NewestIr = 13;

    /// <summary>Whether data starts as an ONNX model does: with its version, or with its opsets or its graph.</summary>
    public static bool Matches(ReadOnlySpan<byte> start) => start.Length >= 4 && start[0] == 0x08 && start[1] is >= 1 and <= 30
        && start[2] is 0x12 or 0x1A or 0x22 or 0x28 or 0x32 or 0x3A or 0x42 or 0x72 or 0xCA;

    /// <summary>Reads the model; the elements of tensors stay in the source.</summary>
    public OnnxModel Read()
    {
        long irVersion = 0;
        string producer = "", version = "";
        Dictionary<string, long> opsets = [];
        Dictionary<string, string> metadata = [];
        List<OnnxFunction> functions = [];
        OnnxGraph? graph = null;
        for (ProtoReader message = new(source); message.Next();)
        {
            switch (message.Field)
            {
                case 1: irVersion = message.ReadInteger(); break;
                case 2: producer = message.ReadText(); break;
                case 3: version = message.ReadText(); break;
                case 7: graph = ReadGraph(message.ReadMessage()); break;
                case 8: ReadOpset(message.ReadMessage(), opsets); break;
                case 14: ReadEntry(message.ReadMessage(), metadata); break;
                case 25: functions.Add(ReadFunction(message.ReadMessage())); break;
                default: message.Skip(); break;
            }
        }
        if (graph is null) throw OnnxErrors.Damaged(source.Name, null, "has no graph", "expected a ModelProto");
        if (irVersion is < OldestIr or > NewestIr)
            throw OnnxErrors.Damaged(source.Name, null, $"is of IR version {irVersion}", $"expected {OldestIr} to {NewestIr}");
        return new OnnxModel
        {
            File = source.Name,
            IrVersion = irVersion,
            Opsets = opsets,
            Producer = $"{producer} {version}".Trim(),
            Graph = graph,
            Functions = functions,
            Metadata = metadata,
        };
    }

    /// <summary>Reads a source that is one <c>TensorProto</c>.</summary>
    public OnnxTensor ReadOnlyTensor() => ReadTensor(new ProtoReader(source));

    private static void ReadOpset(ProtoReader message, Dictionary<string, long> opsets)
    {
        (string domain, long version) = ("", 0);
        while (message.Next())
        {
            if (message.Field == 1) domain = message.ReadText();
            else if (message.Field == 2) version = message.ReadInteger();
            else message.Skip();
        }
        opsets[domain == "ai.onnx" ? "" : domain] = version;
    }

    private static void ReadEntry(ProtoReader message, Dictionary<string, string> entries)
    {
        (string key, string value) = ("", "");
        while (message.Next())
        {
            if (message.Field == 1) key = message.ReadText();
            else if (message.Field == 2) value = message.ReadText();
            else message.Skip();
        }
        entries[key] = value;
    }

    private OnnxFunction ReadFunction(ProtoReader message)
    {
        OnnxFunction function = new();
        while (message.Next())
        {
            switch (message.Field)
            {
                case 1: function.Name = message.ReadText(); break;
                case 4: function.Inputs.Add(message.ReadText()); break;
                case 5: function.Outputs.Add(message.ReadText()); break;
                case 7: function.Nodes.Add(ReadNode(message.ReadMessage())); break;
                case 9: ReadOpset(message.ReadMessage(), function.Opsets); break;
                case 10: function.Domain = message.ReadText(); break;
                case 11:
                    OnnxAttribute attribute = ReadAttribute(message.ReadMessage());
                    function.Defaults[attribute.Name] = attribute;
                    break;
                default: message.Skip(); break;
            }
        }
        return function;
    }

    private OnnxGraph ReadGraph(ProtoReader message)
    {
        OnnxGraph graph = new();
        while (message.Next())
        {
            switch (message.Field)
            {
                case 1: graph.Nodes.Add(ReadNode(message.ReadMessage())); break;
                case 5: graph.Initializers.Add(ReadTensor(message.ReadMessage())); break;
                case 11: graph.Inputs.Add(ReadValueInfo(message.ReadMessage())); break;
                case 12: graph.Outputs.Add(ReadValueInfo(message.ReadMessage())); break;
                case 15: throw OnnxErrors.Damaged(source.Name, null, "has sparse initializers", "expected dense ones");
                default: message.Skip(); break;
            }
        }
        return graph;
    }

    private OnnxNode ReadNode(ProtoReader message)
    {
        string name = "", @operator = "", domain = "";
        List<string> inputs = [], outputs = [];
        Dictionary<string, OnnxAttribute> attributes = [];
        while (message.Next())
        {
            switch (message.Field)
            {
                case 1: inputs.Add(message.ReadText()); break;
                case 2: outputs.Add(message.ReadText()); break;
                case 3: name = message.ReadText(); break;
                case 4: @operator = message.ReadText(); break;
                case 5:
                    OnnxAttribute attribute = ReadAttribute(message.ReadMessage());
                    attributes[attribute.Name] = attribute;
                    break;
                case 7: domain = message.ReadText(); break;
                default: message.Skip(); break;
            }
        }
        return new OnnxNode
        {
            File = source.Name,
            Name = name,
            Operator = @operator,
            Domain = domain == "ai.onnx" ? "" : domain,
            Inputs = inputs,
            Outputs = outputs,
            Attributes = attributes,
        };
    }

    private OnnxAttribute ReadAttribute(ProtoReader message)
    {
        OnnxAttribute attribute = new();
        while (message.Next())
        {
            switch (message.Field)
            {
                case 1: attribute.Name = message.ReadText(); break;
                case 2: attribute.Number = message.ReadSingle(); break;
                case 3: attribute.Integer = message.ReadInteger(); break;
                case 4: attribute.Text = message.ReadText(); break;
                case 5: attribute.Tensor = ReadTensor(message.ReadMessage()); break;
                case 6: attribute.Graph = ReadGraph(message.ReadMessage()); break;
                case 7: message.ReadSingles(attribute.Numbers); break;
                case 8: message.ReadIntegers(attribute.Integers); break;
                case 9: attribute.Texts.Add(message.ReadText()); break;
                case 21: attribute.Reference = message.ReadText(); break;
                default: message.Skip(); break;
            }
        }
        return attribute;
    }

    private static OnnxTensor ReadTensor(ProtoReader message)
    {
        OnnxTensor tensor = new();
        while (message.Next())
        {
            switch (message.Field)
            {
                case 1: message.ReadIntegers(tensor.Dimensions); break;
                case 2: tensor.Type = (OnnxType)message.ReadInteger(); break;
                case 4: message.ReadSingles(tensor.Singles); break;
                case 5: message.ReadIntegers(tensor.Integers32); break;
                case 6: tensor.Texts.Add(message.ReadText()); break;
                case 7 or 11: message.ReadIntegers(tensor.Integers64); break;
                case 8: tensor.Name = message.ReadText(); break;
                case 9: tensor.Raw = message.ReadBytes(); break;
                case 10: message.ReadDoubles(tensor.Doubles); break;
                case 13: ReadEntry(message.ReadMessage(), tensor.External); break;
                case 14: tensor.IsExternal = message.ReadInteger() == 1; break;
                default: message.Skip(); break;
            }
        }
        return tensor;
    }

    private OnnxValueInfo ReadValueInfo(ProtoReader message)
    {
        string name = "";
        OnnxType type = OnnxType.Undefined;
        List<int?>? dimensions = null;
        while (message.Next())
        {
            if (message.Field == 1) name = message.ReadText();
            else if (message.Field == 2) (type, dimensions) = ReadType(message.ReadMessage());
            else message.Skip();
        }
        return new OnnxValueInfo(name, type, dimensions);
    }

    private (OnnxType Type, List<int?>? Dimensions) ReadType(ProtoReader message)
    {
        (OnnxType type, List<int?>? dimensions) = (OnnxType.Undefined, null);
        while (message.Next())
        {
            if (message.Field != 1)
            {
                message.Skip();
                continue;
            }
            for (ProtoReader tensor = message.ReadMessage(); tensor.Next();)
            {
                if (tensor.Field == 1) type = (OnnxType)tensor.ReadInteger();
                else if (tensor.Field == 2) dimensions = ReadShape(tensor.ReadMessage());
                else tensor.Skip();
            }
        }
        return (type, dimensions);
    }

    private List<int?> ReadShape(ProtoReader message)
    {
        List<int?> dimensions = [];
        while (message.Next())
        {
            if (message.Field != 1)
            {
                message.Skip();
                continue;
            }
            int? size = null;
            for (ProtoReader dimension = message.ReadMessage(); dimension.Next();)
            {
                if (dimension.Field != 1)
                {
                    dimension.Skip();
                    continue;
                }
                long value = dimension.ReadInteger(); // 0 or less stands for any size
                if (value > int.MaxValue) throw OnnxErrors.Damaged(source.Name, null, $"has an input or output of size {value}", $"expected at most {int.MaxValue}");
                size = value > 0 ? (int)value : null;
            }
            dimensions.Add(size);
        }
        return dimensions;
    }
}
