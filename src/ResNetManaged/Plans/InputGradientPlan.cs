using ResNetManaged.Graphs;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans;

/// <summary>Reads the output of a graph and fills in the gradient of a function of it.</summary>
/// <param name="output">The output, row-major.</param>
/// <param name="gradient">Receives the derivative of the function with respect to each element of the output.</param>
internal delegate void OutputGradient(ReadOnlySpan<float> output, Span<float> gradient);

/// <summary>A graph compiled for the gradient of its input alone: no parameter is trained or changed.</summary>
/// <remarks>
/// The backward pass is <see cref="TrainingProgram"/>'s. Safe to use from many threads: each call rents a program. A graph without training steps
/// runs on the gradient tape.
/// </remarks>
internal sealed class InputGradientPlan
{
    private readonly Graph _graph;
    private readonly ExecutionOptions _options;
    private readonly WorkspacePool<TrainingProgram> _programs;
    private readonly string? _obstacle;

    /// <summary>Compiles and runs once, so that parameters still in a file are read now.</summary>
    /// <param name="graph">The graph, of modules in evaluation mode.</param>
    /// <param name="options">Threads, vector width, precision.</param>
    public InputGradientPlan(Graph graph, ExecutionOptions options)
    {
        _graph = graph;
        _options = options;
        _programs = new WorkspacePool<TrainingProgram>(() => TryCompile(out _)!);
        if (TryCompile(out _obstacle) is { } program) _programs.Return(program);
        Run(Tensor.Zeros(graph.Input.Shape), (_, gradient) => gradient.Clear());
    }

    /// <summary>How each step is computed, one per line; or why the graph runs on the gradient tape.</summary>
    public string Describe()
    {
        if (_obstacle is not null) return $"gradient tape: {_obstacle}";
        TrainingProgram program = _programs.Rent();
        string text = program.ToString();
        _programs.Return(program);
        return text;
    }

    /// <summary>Computes the output, and the gradient of the input from that of the output.</summary>
    /// <param name="input">A tensor of the graph's input shape; it is only read.</param>
    /// <param name="seed">Computes the gradient of the output.</param>
    /// <returns>The gradient, in the input's shape.</returns>
    /// <exception cref="ShapeMismatchException">The input's shape is not the graph's.</exception>
    public Tensor Run(Tensor input, OutputGradient seed)
    {
        _graph.CheckInput(input.Shape);
        if (_obstacle is not null) return RunOnTape(input, seed);
        TrainingProgram program = _programs.Rent();
        program.Run(input.ReadOnlySpan, () => seed(program.Output, program.OutputGradient), accumulates: false);
        Tensor gradient = Tensor.Uninitialized(input.Shape);
        program.CopyInputGradient(gradient.Span);
        _programs.Return(program);
        return gradient;
    }

    private Tensor RunOnTape(Tensor input, OutputGradient seed)
    {
        GradientTape tape = GradientTape.Record(_graph, input, _options);
        Tensor gradient = Tensor.Uninitialized(tape.Output.Shape);
        seed(tape.Output.ReadOnlySpan, gradient.Span);
        return tape.Backward(gradient, new ParameterGradients { Wanted = false });
    }

    private TrainingProgram? TryCompile(out string? obstacle) =>
        TrainingProgram.TryCompile(_graph, _options, NoParameters.Instance, out obstacle, wantsInputGradient: true);

    private sealed class NoParameters : IGradientMemory
    {
        public static NoParameters Instance { get; } = new();

        public unsafe float* PointerTo(Parameter? parameter) => null;
    }
}
