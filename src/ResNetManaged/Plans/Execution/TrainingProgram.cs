using System.Numerics.Tensors;
using ResNetManaged.Graphs;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Plans.Lowering;

namespace ResNetManaged.Plans.Execution;

/// <summary>A graph compiled for training: steps with a forward and a backward half, and the memory that both need.</summary>
internal sealed unsafe class TrainingProgram : ITeamWork
{
    private readonly TrainingStep[] _steps;
    private readonly ScheduledHalf[] _forward, _backward;
    private readonly PinnedBytes _arena;
    private readonly PinnedArray _scratch, _output, _outputGradient, _inputGradients;
    private readonly int _inputLength, _threads;
    private readonly WorkerTeam _team = new();
    private float* _source;
    private Action? _loss;
    private bool _accumulates;

    private TrainingProgram(TrainingGraph graph, ExecutionOptions options, IGradientMemory gradients, bool recompute)
    {
        List<TrainingHalf> backward = BackwardPass.Of(graph.Nodes, recompute);
        _arena = new PinnedBytes(TrainingBuffers.Apply(graph, backward));
        Dictionary<TrainingNode, TrainingStep> steps = [];
        SimdDispatch.Run(SimdDispatch.Resolve(options.Simd), new Creation(graph, new TrainingServices(gradients, options.Threads), steps));
        _steps = [.. graph.Nodes.Select(node => steps[node])];
        _forward = Array.ConvertAll(_steps, step => new ScheduledHalf(step, HalfKind.Forward));
        _backward = [.. backward.Select(half => new ScheduledHalf(steps[half.Node], half.Kind))];
        _scratch = new PinnedArray(_steps.Max(step => step.ScratchLength));
        _output = new PinnedArray(graph.Output.Length);
        _outputGradient = new PinnedArray(graph.Output.Length);
        _inputLength = graph.Input.Length;
        _inputGradients = new PinnedArray(checked(graph.InputGradients.Count * _inputLength));
        _threads = options.Threads;
    }

    /// <summary>The output, row-major, after the forward half.</summary>
    public ReadOnlySpan<float> Output => _output.Span;

    /// <summary>The gradient of the output, row-major, which the loss fills in.</summary>
    public Span<float> OutputGradient => _outputGradient.Span;

    /// <summary>Bytes of activations, gradients of activations, and scratch.</summary>
    public long Bytes => _arena.Length + sizeof(float) * (long)_scratch.Length;

    /// <summary>Compiles a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="options">Threads, vector width, precision.</param>
    /// <param name="gradients">Where the gradients of parameters go.</param>
    /// <param name="reason">Why it could not be compiled; null if it was.</param>
    /// <param name="recompute">Whether activations are computed again rather than kept.</param>
    /// <param name="wantsInputGradient">Whether the gradient of the input is a result too: <see cref="CopyInputGradient"/>.</param>
    /// <param name="fuses">Whether batch norms, sums and ReLUs are fused.</param>
    /// <returns>The program; null for a graph that training steps cannot compute.</returns>
    public static TrainingProgram? TryCompile(Graph graph, ExecutionOptions options, IGradientMemory gradients, out string? reason,
        bool recompute = false, bool wantsInputGradient = false, bool fuses = true)
    {
        TrainingGraph? training = TrainingGraph.TryCreate(graph, options, gradients, wantsInputGradient, out reason, fuses);
        return training is null ? null : new TrainingProgram(training, options, gradients, recompute);
    }

    /// <summary>Runs the forward half, the loss, and the backward half.</summary>
    /// <param name="input">The input, row-major.</param>
    /// <param name="loss">Reads <see cref="Output"/> and fills <see cref="OutputGradient"/>, on one thread.</param>
    /// <param name="accumulates">Whether gradients of parameters are added to those already there.</param>
    public void Run(ReadOnlySpan<float> input, Action loss, bool accumulates)
    {
        foreach (TrainingStep step in _steps) step.Begin();
        fixed (float* source = input)
        {
            _source = source;
            _loss = loss;
            _accumulates = accumulates;
            _team.Run(_threads, this);
        }
    }

    void ITeamWork.Run(WorkShare share, TeamBarrier barrier)
    {
        TrainingMemory memory = new()
        {
            Arena = _arena.Pointer,
            Input = (byte*)_source,
            Output = (byte*)_output.Pointer,
            OutputGradient = (byte*)_outputGradient.Pointer,
            InputGradient = (byte*)_inputGradients.Pointer,
        };
        TrainingContext context = new(memory, _scratch.Pointer, _accumulates, share);
        foreach (ScheduledHalf half in _forward) half.Run(context, barrier);
        barrier.Wait();
        if (share.Thread == 0) _loss!();
        foreach (ScheduledHalf half in _backward) half.Run(context, barrier);
    }

    /// <summary>Copies the gradient of the input, row-major, from the last run: the sum of its readers' contributions.</summary>
    public void CopyInputGradient(Span<float> destination)
    {
        ReadOnlySpan<float> gradients = _inputGradients.Span;
        gradients[.._inputLength].CopyTo(destination);
        for (gradients = gradients[_inputLength..]; !gradients.IsEmpty; gradients = gradients[_inputLength..])
            TensorPrimitives.Add(destination, gradients[.._inputLength], destination);
    }

    /// <summary>One line for each step.</summary>
    public override string ToString() => string.Join('\n', _steps.Select(step =>
        _backward.Contains(new ScheduledHalf(step, HalfKind.ForwardAgain)) ? $"{step}, computed again" : $"{step}"));

    private readonly struct Creation(TrainingGraph graph, TrainingServices services, Dictionary<TrainingNode, TrainingStep> steps) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            foreach (TrainingNode node in graph.Nodes) steps.Add(node, node.Node.Lowering.CreateTrainingStep<TSimd, TVector>(node, services));
        }
    }

    /// <summary>Half of a step, at its place in the program.</summary>
    private readonly record struct ScheduledHalf(TrainingStep Step, HalfKind Kind)
    {
        public void Run(in TrainingContext context, TeamBarrier barrier)
        {
            int phases = Kind == HalfKind.Backward ? Step.BackwardPhases : Step.ForwardPhases;
            for (int phase = Kind == HalfKind.ForwardAgain ? Step.FirstPhaseAgain : 0; phase < phases; phase++)
            {
                barrier.Wait();
                if (Kind == HalfKind.Backward) Step.Backward(context, phase);
                else Step.Forward(context, phase);
            }
        }
    }
}
