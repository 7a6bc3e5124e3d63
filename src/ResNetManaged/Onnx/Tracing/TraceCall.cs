using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Onnx.Operators.Evaluation;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Tracing;

/// <summary>A node together with the values that it reads: what becomes operations of the library.</summary>
/// <param name="node">The node.</param>
/// <param name="inputs">Its inputs; null for each that is left out.</param>
/// <param name="parameters">The network's weights.</param>
/// <param name="isTrained">Whether the batch norm whose running mean has a name uses and updates the statistics of a batch.</param>
internal sealed class TraceCall(OnnxNode node, OnnxValue?[] inputs, OnnxParameters parameters, Func<string, bool> isTrained)
{
    public OnnxNode Node => node;

    /// <summary>Whether the batch norm whose running mean has a name uses and updates the statistics of a batch.</summary>
    public bool IsTrained(string mean) => isTrained(mean);

    public OnnxParameters Parameters => parameters;

    public int InputCount => inputs.Length;

    /// <summary>A required input.</summary>
    public OnnxValue this[int index] => Optional(index) ?? throw OnnxErrors.Node(node, $"has no input {index}", $"expected one for {node.Operator}");

    /// <summary>All inputs.</summary>
    public IEnumerable<OnnxValue> All => inputs.Select((_, index) => this[index]);

    /// <summary>An input, or null if it is left out.</summary>
    public OnnxValue? Optional(int index) => index < inputs.Length ? inputs[index] : null;

    /// <summary>An input whose elements are known; null if it is left out or computed.</summary>
    public Constant? Known(int index) => Optional(index)?.Constant;

    /// <summary>Whether an input is computed.</summary>
    public bool IsSymbol(int index) => Optional(index) is { Constant: null };

    /// <summary>The attributes and known inputs, as the operator's arithmetic sees them.</summary>
    public OnnxCall Attributes => new(node, [.. inputs.Select(input => input?.Constant)]);

    /// <summary>A known input as a weight.</summary>
    public Parameter Weight(int index, Shape shape) => parameters.Weight(this[index].Name, this[index].Constant!, shape);

    /// <summary>The name of an output.</summary>
    public string Output(int index = 0) => node.Outputs[index];

    /// <summary>The only output, computed from an input's symbol in the order of its dimensions.</summary>
    public OnnxValue[] Like(OnnxValue input, Value symbol) => [input.With(Output(), symbol)];

    /// <summary>The only output, in the file's order.</summary>
    public OnnxValue[] Of(Value symbol, OnnxType type = OnnxType.Float32) => [new OnnxValue(Output(), symbol, type)];

    /// <summary>The only output: an operation on the first input.</summary>
    public OnnxValue[] Apply(Operation operation) => Like(this[0], this[0].Symbol.Apply(operation));
}
