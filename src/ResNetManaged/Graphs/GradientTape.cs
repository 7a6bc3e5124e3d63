using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs;

/// <summary>A forward pass of a graph that keeps every value, so that a backward pass can compute gradients.</summary>
/// <remarks>
/// Reverse accumulation by the chain rule, operation by operation, on plain NCHW tensors: general and short, the oracle for all faster code. The
/// input, the output and the parameters must not change before the backward pass.
/// </remarks>
internal sealed class GradientTape
{
    private readonly Graph _graph;
    private readonly Dictionary<Value, Tensor> _values;
    private readonly ExecutionOptions _options;

    private GradientTape(Graph graph, Tensor input, ExecutionOptions options)
    {
        _graph = graph;
        _values = new() { [graph.Input] = input };
        _options = options;
    }

    /// <summary>The graph's output; do not write to it.</summary>
    public Tensor Output => _values[_graph.Output];

    /// <summary>Runs the graph forward, as <see cref="ReferenceExecutor"/> does, but without overwriting anything.</summary>
    /// <remarks>Batch norm in training mode updates its running statistics once, however the tape is used.</remarks>
    /// <param name="graph">The graph.</param>
    /// <param name="input">A tensor of the graph's input shape; only read.</param>
    /// <param name="options">Threads and vector width, for the backward pass too.</param>
    /// <exception cref="ShapeMismatchException">The input's shape is not the graph's.</exception>
    public static GradientTape Record(Graph graph, Tensor input, ExecutionOptions options)
    {
        graph.CheckInput(input.Shape);
        GradientTape tape = new(graph, input, options);
        foreach (Node node in graph.Nodes)
        {
            Tensor[] inputs = tape.Values(node.InputArray);
            if (node.Operation.IsReshape)
            {
                tape._values[node.Output] = inputs[0].Reshape(node.Output.Shape);
                continue;
            }
            Tensor output = Tensor.Uninitialized(node.Output.Shape);
            node.Operation.Execute(inputs, output, options);
            tape._values[node.Output] = output;
        }
        return tape;
    }

    /// <summary>Computes gradients from the output's, from the last operation to the first.</summary>
    /// <remarks>
    /// Gradients of a value with several readers are summed in this order. Values that the output does not depend on have no gradient.
    /// </remarks>
    /// <param name="outputGradient">The gradient of the loss with respect to <see cref="Output"/>, in its shape; only read.</param>
    /// <param name="parameters">The gradients of the parameters that require one are added to these.</param>
    /// <returns>The gradient with respect to the input, in newly allocated memory.</returns>
    /// <exception cref="ShapeMismatchException">The gradient's shape is not the output's.</exception>
    public Tensor Backward(Tensor outputGradient, ParameterGradients parameters)
    {
        if (outputGradient.Shape != Output.Shape)
            throw new ShapeMismatchException($"GradientTape: output gradient {outputGradient.Shape} differs from the output {Output.Shape}.");

        Dictionary<Value, Tensor> gradients = new() { [_graph.Output] = outputGradient.Clone() };
        foreach (Node node in _graph.Nodes.Reverse())
        {
            if (!gradients.TryGetValue(node.Output, out Tensor? gradient)) continue;
            Tensor[] inputGradients = Array.ConvertAll(node.InputArray, SumOf);
            node.Operation.Backward(Values(node.InputArray), _values[node.Output], gradient, inputGradients, parameters, _options);
        }
        return SumOf(_graph.Input);

        Tensor SumOf(Value value)
        {
            if (!gradients.TryGetValue(value, out Tensor? sum)) gradients[value] = sum = Tensor.Zeros(value.Shape);
            return sum;
        }
    }

    private Tensor[] Values(Value[] values) => Array.ConvertAll(values, value => _values[value]);
}
