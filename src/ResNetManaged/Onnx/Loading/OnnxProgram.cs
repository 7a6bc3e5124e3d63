using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;

namespace ResNetManaged.Onnx.Loading;

/// <summary>A graph that was checked and put in order: what is known, and the nodes from the input to the output.</summary>
internal sealed class OnnxProgram
{
    public required OnnxModel Model { get; init; }

    /// <summary>The only input that is not known.</summary>
    public required OnnxValueInfo Input { get; init; }

    /// <summary>The output that is computed: the first of the graph.</summary>
    public required string Output { get; init; }

    /// <summary>The values that are known before an input is: weights, and what follows from them alone.</summary>
    public required IReadOnlyDictionary<string, Constant> Constants { get; init; }

    /// <summary>The tensors of the file whose elements are known under other names too, in other shapes or the same.</summary>
    public required IReadOnlyDictionary<string, string> Aliases { get; init; }

    /// <summary>The name of the tensor of the file that holds a known value's elements; the value's own if there is none.</summary>
    public string NameOf(string value) => Aliases.GetValueOrDefault(value, value);

    /// <summary>What was left out or chosen, in sentences without a final period.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>The nodes that the output depends on, each after those whose outputs it reads.</summary>
    public required IReadOnlyList<OnnxNode> Nodes { get; init; }
}
