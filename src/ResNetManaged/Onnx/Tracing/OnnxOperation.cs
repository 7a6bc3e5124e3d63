using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Tracing;

/// <summary>An ONNX operator that the library has no operation for: its plain arithmetic, run on tensors. It has no gradient.</summary>
/// <param name="node">The node.</param>
/// <param name="known">Its inputs that are known; null for those that are computed, or left out.</param>
/// <param name="computed">Which inputs are computed, and the types that the file gives them.</param>
/// <param name="output">Which of its outputs it computes.</param>
internal sealed class OnnxOperation(OnnxNode node, Constant?[] known, (int Input, OnnxType Type)[] computed, int output) : Operation
{
    /// <inheritdoc/>
    public override string Name => node.Operator;

    /// <summary>The type of the output, once its shape was inferred.</summary>
    internal OnnxType OutputType { get; private set; } = OnnxType.Float32;

    /// <remarks>The shape is that of the result for zeros: no operator's shape depends on elements that are computed.</remarks>
    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        double[][] zeros = new double[inputs.Length][];
        for (int i = 0; i < zeros.Length; i++) zeros[i] = new double[node.ShapeOf(inputs[i].Select(size => (long)size)).ElementCount];
        Constant result = Run(inputs, zeros);
        OutputType = result.Type;
        return result.Shape;
    }

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options)
    {
        Shape[] shapes = new Shape[inputs.Length];
        double[][] numbers = new double[inputs.Length][];
        for (int i = 0; i < shapes.Length; i++)
        {
            shapes[i] = inputs[i].Shape;
            numbers[i] = Array.ConvertAll(inputs[i].ReadOnlySpan.ToArray(), element => (double)element);
        }
        double[] result = Run(shapes, numbers).Numbers;
        for (int i = 0; i < result.Length; i++) output.Span[i] = (float)result[i];
    }

    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options) =>
        throw new NotSupportedException($"{node.Title}: the operator {node.Operator} has no gradient, so this network cannot be trained through it.");

    /// <summary>The node, with its known inputs, for a file that is written.</summary>
    internal string Export(Writing.ExportCall call)
    {
        string[] inputs = new string[known.Length];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = known[i] is { } constant ? call.Graph.Constant($"{node.Title}.input{i}", constant) : "";
        for (int i = 0; i < computed.Length; i++) inputs[computed[i].Input] = call.Inputs[i];
        return call.Graph.Node(node, inputs, output);
    }

    private Constant Run(ReadOnlySpan<Shape> shapes, double[][] numbers)
    {
        Constant?[] inputs = [.. known];
        for (int i = 0; i < computed.Length; i++) inputs[computed[i].Input] = new Constant(computed[i].Type, shapes[i], numbers[i]);
        return Loading.NodeEvaluation.Run(node, inputs)[output];
    }
}
