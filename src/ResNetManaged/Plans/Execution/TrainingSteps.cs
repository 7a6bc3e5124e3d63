using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Plans.Lowering;

namespace ResNetManaged.Plans.Execution;

/// <summary>The steps of a graph that is compiled for training, the phases in which they run, and the memory of their values.</summary>
internal sealed unsafe class TrainingSteps
{
    private readonly TrainingStep[] _steps;
    private readonly PinnedBytes _arena;
    private readonly PinnedArray _inputGradients;

    private TrainingSteps(TrainingGraph graph, List<TrainingHalf> backward, long arenaBytes, Dictionary<TrainingNode, TrainingStep> steps)
    {
        _steps = [.. graph.Nodes.Select(node => steps[node])];
        _arena = new PinnedBytes(arenaBytes);
        Output = new PinnedArray(graph.Output.Length);
        OutputGradient = new PinnedArray(graph.Output.Length);
        InputLength = graph.Input.Length;
        _inputGradients = new PinnedArray(checked(graph.InputGradients.Count * InputLength));
        Forward = [.. _steps.SelectMany(step => TrainingPhase.Of(step, HalfKind.Forward))];
        Backward = [.. backward.SelectMany(half => TrainingPhase.Of(steps[half.Node], half.Kind))];
        ScratchLength = _steps.Max(step => step.ScratchLength);
    }

    /// <summary>What runs before the loss, in order.</summary>
    public TrainingPhase[] Forward { get; }

    /// <summary>What runs after the loss, in order.</summary>
    public TrainingPhase[] Backward { get; }

    /// <summary>The number of elements of the input.</summary>
    public int InputLength { get; }

    /// <summary>The output, row-major, after the forward half.</summary>
    public PinnedArray Output { get; }

    /// <summary>The gradient of the output, row-major, which the backward half reads.</summary>
    public PinnedArray OutputGradient { get; }

    /// <summary>The gradients of the input, row-major, one after another: their sum is the result.</summary>
    public ReadOnlySpan<float> InputGradients => _inputGradients.Span;

    /// <summary>Floats of scratch that any of the steps needs.</summary>
    public int ScratchLength { get; }

    /// <summary>Bytes of activations and their gradients.</summary>
    public long Bytes => _arena.Length;

    /// <summary>Plans the memory of a graph and creates its steps.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="services">What steps are created from.</param>
    /// <param name="recompute">Whether activations are computed again rather than kept.</param>
    public static TrainingSteps Create<TSimd, TVector>(TrainingGraph graph, TrainingServices services, bool recompute = false)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        List<TrainingHalf> backward = BackwardPass.Of(graph.Nodes, recompute);
        long bytes = TrainingBuffers.Apply(graph, backward);
        return new TrainingSteps(graph, backward, bytes, graph.Nodes.ToDictionary(node => node, node => node.Node.Lowering.CreateTrainingStep<TSimd, TVector>(node, services)));
    }

    /// <summary>Called by one thread before a forward pass: finds the parameters, which may have been replaced.</summary>
    public void Begin()
    {
        foreach (TrainingStep step in _steps) step.Begin();
    }

    /// <summary>What a phase runs with.</summary>
    /// <param name="input">The input, row-major.</param>
    /// <param name="scratch"><see cref="ScratchLength"/> floats.</param>
    /// <param name="accumulates">Whether gradients of parameters are added to those already there.</param>
    /// <param name="share">This thread's part.</param>
    public TrainingContext Context(float* input, float* scratch, bool accumulates, WorkShare share) => new(new TrainingMemory
    {
        Arena = _arena.Pointer,
        Input = (byte*)input,
        Output = (byte*)Output.Pointer,
        OutputGradient = (byte*)OutputGradient.Pointer,
        InputGradient = (byte*)_inputGradients.Pointer,
    }, scratch, accumulates, share);

    /// <summary>One line for each step.</summary>
    public override string ToString() => string.Join('\n', _steps.Select(step =>
        Backward.Any(phase => phase.Step == step && phase.Kind == HalfKind.ForwardAgain) ? $"{step}, computed again" : $"{step}"));
}

/// <summary>A phase of a step, at its place in a program: all threads run it, each its own share, and wait for each other before the next one.</summary>
/// <param name="Step">The step.</param>
/// <param name="Kind">Which half of the step.</param>
/// <param name="Index">Which phase of that half.</param>
internal readonly record struct TrainingPhase(TrainingStep Step, HalfKind Kind, int Index)
{
    /// <summary>The phases of half of a step.</summary>
    public static IEnumerable<TrainingPhase> Of(TrainingStep step, HalfKind kind)
    {
        int first = kind == HalfKind.ForwardAgain ? step.FirstPhaseAgain : 0, end = kind == HalfKind.Backward ? step.BackwardPhases : step.ForwardPhases;
        return Enumerable.Range(first, end - first).Select(index => new TrainingPhase(step, kind, index));
    }

    /// <summary>Runs this thread's share.</summary>
    public void Run(in TrainingContext context)
    {
        if (Kind == HalfKind.Backward) Step.Backward(context, Index);
        else Step.Forward(context, Index);
    }
}
