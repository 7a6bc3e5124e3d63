using ResNetManaged.Onnx.Constants;

namespace ResNetManaged.Onnx.Model;

/// <summary>What a file's <c>ModelProto</c> says.</summary>
internal sealed class OnnxModel
{
    /// <summary>The file's path or the stream's name, for messages.</summary>
    public required string File { get; init; }

    /// <summary>The version of the format.</summary>
    public required long IrVersion { get; init; }

    /// <summary>The version of each domain's operators; "" is ONNX's own.</summary>
    public required IReadOnlyDictionary<string, long> Opsets { get; init; }

    /// <summary>The program that wrote it, with its version; empty if it does not say.</summary>
    public required string Producer { get; init; }

    public required OnnxGraph Graph { get; init; }

    /// <summary>The operators that the file defines itself.</summary>
    public required IReadOnlyList<OnnxFunction> Functions { get; init; }

    public required IReadOnlyDictionary<string, string> Metadata { get; init; }
}

/// <summary>A graph: nodes in any order, and the tensors that are known.</summary>
internal sealed class OnnxGraph
{
    public List<OnnxNode> Nodes { get; } = [];

    public List<OnnxTensor> Initializers { get; } = [];

    public List<OnnxValueInfo> Inputs { get; } = [];

    public List<OnnxValueInfo> Outputs { get; } = [];
}

/// <summary>An application of an operator.</summary>
internal sealed class OnnxNode
{
    public string File { get; init; } = "";

    public string Name { get; init; } = "";

    public string Operator { get; set; } = "";

    /// <summary>The operator's domain; empty for ONNX's own.</summary>
    public string Domain { get; set; } = "";

    /// <summary>The version of its domain's operators.</summary>
    public long Opset { get; set; }

    /// <summary>The names of the values that it reads; empty for an optional one that is left out.</summary>
    public List<string> Inputs { get; init; } = [];

    /// <summary>The names of the values that it computes; empty for one that is not wanted.</summary>
    public List<string> Outputs { get; init; } = [];

    public Dictionary<string, OnnxAttribute> Attributes { get; init; } = [];

    /// <summary>What reading its file may still cost; null once it was read.</summary>
    public Loading.LoadingBudget? Budget { get; set; }

    /// <summary>How messages name it: its name, or else its first output.</summary>
    public string Title => Name.Length > 0 ? Name : Outputs.FirstOrDefault(output => output.Length > 0) ?? Operator;

    public override string ToString() => $"{Title}: {Operator}({string.Join(", ", Inputs)}) -> {string.Join(", ", Outputs)}";
}

/// <summary>An attribute of a node. Only the property of its kind is set.</summary>
internal sealed class OnnxAttribute
{
    public string Name { get; set; } = "";

    /// <summary>The attribute of the enclosing function that this one stands for; empty if it has a value of its own.</summary>
    public string Reference { get; set; } = "";

    public float? Number { get; set; }

    public long? Integer { get; set; }

    public string? Text { get; set; }

    public OnnxTensor? Tensor { get; set; }

    /// <summary>The elements of <see cref="Tensor"/>, once they were read.</summary>
    public Constant? Value { get; set; }

    public OnnxGraph? Graph { get; set; }

    public List<float> Numbers { get; } = [];

    public List<long> Integers { get; } = [];

    public List<string> Texts { get; } = [];
}

/// <summary>The name, the type and the shape of a graph's input or output.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">The type of its elements; undefined if it is not said.</param>
/// <param name="Dimensions">The sizes, null for each that is not fixed; null if the rank is not said.</param>
internal sealed record OnnxValueInfo(string Name, OnnxType Type, IReadOnlyList<int?>? Dimensions);

/// <summary>An operator that a file defines by nodes.</summary>
internal sealed class OnnxFunction
{
    public string Name { get; set; } = "";

    public string Domain { get; set; } = "";

    public List<string> Inputs { get; } = [];

    public List<string> Outputs { get; } = [];

    public List<OnnxNode> Nodes { get; } = [];

    /// <summary>The default values of its attributes.</summary>
    public Dictionary<string, OnnxAttribute> Defaults { get; } = [];

    public Dictionary<string, long> Opsets { get; } = [];
}
