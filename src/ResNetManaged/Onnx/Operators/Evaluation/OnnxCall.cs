using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Operators.Evaluation;

/// <summary>A node together with the constants that it reads: what an operator's arithmetic sees.</summary>
/// <param name="node">The node.</param>
/// <param name="inputs">Its inputs; null for each that is left out.</param>
internal sealed class OnnxCall(OnnxNode node, Constant?[] inputs)
{
    public OnnxNode Node => node;

    public long Opset => node.Opset;

    public int InputCount => inputs.Length;

    /// <summary>A required input.</summary>
    public Constant this[int index] => Optional(index) ?? throw OnnxErrors.Node(node, $"has no input {index}", $"expected one for {node.Operator}");

    /// <summary>An input, or null if it is left out.</summary>
    public Constant? Optional(int index) => index < inputs.Length ? inputs[index] : null;

    /// <summary>All inputs, for operators that take any number.</summary>
    public Constant[] All => [.. inputs.Select((_, index) => this[index])];

    public bool Has(string attribute) => node.Attributes.ContainsKey(attribute);

    public long Integer(string attribute, long otherwise) => node.Integer(attribute, otherwise);

    public double Number(string attribute, double otherwise) => node.Number(attribute, otherwise);

    public string Text(string attribute, string otherwise) => node.Text(attribute, otherwise);

    public long[]? Integers(string attribute) => node.Integers(attribute);

    /// <summary>Integers that an attribute holds in older versions and an input in newer ones; null if there are none.</summary>
    public long[]? Integers(string attribute, int input) => node.Integers(attribute) ?? Optional(input)?.Integers;

    /// <summary>The axes that an attribute or an input names, counted from the front.</summary>
    public int[]? Axes(int rank, int input, string attribute = "axes") =>
        Integers(attribute, input) is { } axes ? [.. axes.Select(axis => Axis(axis, rank))] : null;

    /// <summary>An axis counted from the front.</summary>
    public int Axis(long axis, int rank) => axis >= -rank && axis < rank ? (int)(axis < 0 ? axis + rank : axis)
        : throw OnnxErrors.Node(node, $"has axis {axis} of {rank} dimensions", $"expected {-rank} to {rank - 1}");

    /// <summary>A shape whose sizes were computed; throws if it is not one, or too large.</summary>
    public Shape ShapeOf(IEnumerable<long> sizes) => node.ShapeOf(sizes);

    /// <summary>Refuses arithmetic that takes too long while a file is read.</summary>
    /// <param name="count">The number of products or comparisons.</param>
    public void TakeWork(double count) => node.Budget?.TakeWork(node, (long)Math.Min(count, long.MaxValue / 2));

    /// <summary>The error for inputs that the operator cannot take.</summary>
    public Exception Mismatch(string found, string expected) => OnnxErrors.Node(node, found, expected);
}
