using ResNetManaged.Graphs;
using ResNetManaged.Kernels;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;

namespace ResNetManaged.Training;

/// <summary>The loss of an output, and its gradient.</summary>
/// <param name="output">The network's output, row-major.</param>
/// <param name="gradient">Receives the derivative of the loss by each element of the output.</param>
/// <returns>The loss.</returns>
public delegate double LossFunction(ReadOnlySpan<float> output, Span<float> gradient);

/// <summary>A network compiled for training on inputs of one shape: the forward pass, the loss, and the gradients of all parameters.</summary>
/// <remarks>
/// Reads the module's parameters as they are at each call, so that an <see cref="Optimizer"/> may change them between two, and updates the running
/// statistics of batch norms that are in training mode. One call at a time. The modes of the modules, and which parameters require a gradient, are
/// those at construction. Results do not depend on the number of threads.
/// </remarks>
public sealed class TrainingPlan
{
    private readonly Graph _graph;
    private readonly ExecutionOptions _options;

    /// <summary>Compiles.</summary>
    /// <param name="module">The network, in training mode; parts in evaluation mode use their running statistics.</param>
    /// <param name="inputShape">The shape of every input.</param>
    /// <param name="options">Threads and vector width; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <exception cref="ShapeMismatchException">The shape does not fit; the message names the module path.</exception>
    public TrainingPlan(Module module, Shape inputShape, ExecutionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        _options = options ?? ExecutionOptions.Default;
        _graph = module.Trace(inputShape);
        Gradients = new GradientSet(module.Parameters());
    }

    /// <summary>The shape of the input.</summary>
    public Shape InputShape => _graph.Input.Shape;

    /// <summary>The shape of the output.</summary>
    public Shape OutputShape => _graph.Output.Shape;

    /// <summary>The gradients that the last call computed, or several calls have added up.</summary>
    public GradientSet Gradients { get; }

    /// <summary>Computes the output, its loss, and the gradient of the loss by every parameter.</summary>
    /// <param name="input">A tensor of <see cref="InputShape"/>; it is only read.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="accumulate">Whether gradients are added to those that are there, as for micro-batches.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ShapeMismatchException">The input has another shape.</exception>
    public double Run(Tensor input, LossFunction loss, bool accumulate = false)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(loss);
        GradientTape tape = GradientTape.Record(_graph, input, _options);
        Tensor outputGradient = Tensor.Uninitialized(OutputShape);
        double value = loss(tape.Output.ReadOnlySpan, outputGradient.Span);
        ParameterGradients gradients = new();
        tape.Backward(outputGradient, gradients);
        foreach (Parameter parameter in Gradients.Parameters)
        {
            Span<float> sum = Gradients[parameter];
            if (!accumulate) sum.Clear();
            if (gradients[parameter] is { } gradient) Elementwise.Add(sum, gradient.ReadOnlySpan, sum, _options);
        }
        return value;
    }
}
