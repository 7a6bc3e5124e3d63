using ResNetManaged.Graphs;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Layers;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;
using ResNetManaged.Training.Optimizers;

namespace ResNetManaged.Training;

/// <summary>Computes the loss of an output, and its gradient.</summary>
/// <param name="output">The network's output, row-major.</param>
/// <param name="gradient">Receives the derivative of the loss with respect to each element of the output.</param>
/// <returns>The loss.</returns>
public delegate double LossFunction(ReadOnlySpan<float> output, Span<float> gradient);

/// <summary>A network compiled for training on inputs of one shape: the forward pass, the loss, and the gradients of all parameters.</summary>
/// <remarks>
/// Each call reads the module's current parameters, so that an <see cref="Optimizer"/> may change them between calls, and updates the running statistics of
/// batch norms in training mode. One call at a time; only the first one allocates. The modules' modes, and which parameters require a gradient, are fixed at
/// construction. Results do not depend on the number of threads. A network with an operation that has no training kernel runs on the gradient tape, node by
/// node and slowly: see <see cref="TapeReason"/>.
/// </remarks>
public sealed class TrainingPlan
{
    private readonly Graph _graph;
    private readonly ExecutionOptions _options;
    private readonly TrainingProgram? _program;
    private readonly Action _computeLoss;
    private LossFunction? _loss;
    private double _value;

    /// <summary>Compiles a network.</summary>
    /// <param name="module">The network, in training mode; parts of it that are in evaluation mode use their running statistics.</param>
    /// <param name="inputShape">The shape of every input.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <param name="recompute">
    /// Whether to compute the activations inside residual blocks again in the backward pass instead of keeping them: less memory, more time, and the same
    /// results, bit for bit. Chen et al. 2016, arXiv:1604.06174. The gradient tape ignores it.
    /// </param>
    /// <exception cref="ShapeMismatchException">The shape does not fit; the message names the module path.</exception>
    public TrainingPlan(Module module, Shape inputShape, ExecutionOptions? options = null, bool recompute = false)
    {
        ArgumentNullException.ThrowIfNull(module);
        _options = options ?? ExecutionOptions.Default;
        _graph = module.Trace(inputShape);
        Gradients = new GradientSet(module.Parameters());
        _program = TrainingProgram.TryCompile(_graph, _options, Gradients, out string? obstacle, recompute);
        TapeReason = obstacle;
        _computeLoss = () => _value = _loss!(_program!.Output, _program.OutputGradient);
    }

    /// <summary>The shape of the input.</summary>
    public Shape InputShape => _graph.Input.Shape;

    /// <summary>The shape of the output.</summary>
    public Shape OutputShape => _graph.Output.Shape;

    /// <summary>The gradients of the last call, or the sum of several calls.</summary>
    public GradientSet Gradients { get; }

    /// <summary>Why the network runs on the gradient tape, slowly, such as <c>there is no training step for Softmax</c>; null if it does not.</summary>
    public string? TapeReason { get; }

    /// <summary>Bytes of activations, their gradients, and scratch; 0 for the gradient tape, which allocates in each call.</summary>
    public long WorkspaceBytes => _program?.Bytes ?? 0;

    /// <summary>Describes how each step is computed, one line per step, or why the network runs on the gradient tape.</summary>
    /// <returns>The text.</returns>
    public string Describe() => _program?.ToString() ?? $"gradient tape: {TapeReason}";

    /// <summary>Computes the output, its loss, and the gradient of the loss with respect to every parameter.</summary>
    /// <param name="input">A tensor of <see cref="InputShape"/>; only read.</param>
    /// <param name="loss">Computes the loss and its gradient.</param>
    /// <param name="accumulate">Whether to add to the gradients of previous calls, as for micro-batches.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ShapeMismatchException">The input has a different shape.</exception>
    public double Run(Tensor input, LossFunction loss, bool accumulate = false)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(loss);
        _graph.CheckInput(input.Shape);
        if (_program is null) return RunOnTape(input, loss, accumulate);
        _loss = loss;
        _program.Run(input.ReadOnlySpan, _computeLoss, accumulate);
        _loss = null;
        return _value;
    }

    private double RunOnTape(Tensor input, LossFunction loss, bool accumulate)
    {
        GradientTape tape = GradientTape.Record(_graph, input, _options);
        Tensor outputGradient = Tensor.Uninitialized(OutputShape);
        double value = loss(tape.Output.ReadOnlySpan, outputGradient.Span);
        ParameterGradients gradients = new();
        tape.Backward(outputGradient, gradients);
        foreach (Parameter parameter in Gradients.Parameters)
        {
            Span<float> sum = Gradients[parameter];
            if (!accumulate) sum.Clear();
            if (gradients[parameter] is { } gradient) ElementwiseKernel.Add(sum, gradient.ReadOnlySpan, sum, _options);
        }
        return value;
    }
}
