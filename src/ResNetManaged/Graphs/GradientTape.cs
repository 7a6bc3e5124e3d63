using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs;

/// <summary>One forward pass of a graph that kept every value, so that gradients can be computed by going back over it.</summary>
/// <remarks>
/// Reverse accumulation by the chain rule, operation by operation, on plain NCHW tensors: general, short, and what every faster way is tested
/// against. Neither the input, the output nor a parameter may change before the backward pass.
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

    /// <summary>The graph's output; to be read only.</summary>
    public Tensor Output => _values[_graph.Output];

    /// <summary>Runs the graph forward, as <see cref="ReferenceExecutor"/> does but without writing over anything.</summary>
    /// <remarks>Batch norm in training mode updates its running statistics: once, whatever is done with the tape.</remarks>
    /// <param name="graph">The graph.</param>
    /// <param name="input">A tensor of the graph's input shape; it is only read.</param>
    /// <param name="options">Threads and vector width, of the backward pass too.</param>
    /// <exception cref="ShapeMismatchException">The input has another shape.</exception>
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
    /// <remarks>A value that is read several times sums its gradients in this order. What the output does not depend on has no gradient.</remarks>
    /// <param name="outputGradient">The gradient of the loss with respect to <see cref="Output"/>, in its shape; it is only read.</param>
    /// <param name="parameters">Where the gradients of the parameters that require one are added.</param>
    /// <returns>The gradient with respect to the input, in memory of its own.</returns>
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
