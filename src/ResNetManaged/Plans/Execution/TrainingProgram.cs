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
    private readonly TrainingSteps _steps;
    private readonly PinnedArray _scratch;
    private readonly int _threads;
    private readonly WorkerTeam _team = new();
    private float* _source;
    private Action? _loss;
    private bool _accumulates;

    private TrainingProgram(TrainingGraph graph, ExecutionOptions options, IGradientMemory gradients, bool recompute)
    {
        Creation creation = new(graph, new TrainingServices(gradients, options), recompute);
        SimdDispatch.Run(SimdDispatch.Resolve(options.Simd), creation);
        _steps = creation.Steps[0];
        _scratch = new PinnedArray(_steps.ScratchLength);
        _threads = options.Threads;
    }

    /// <summary>The output, row-major, after the forward half.</summary>
    public ReadOnlySpan<float> Output => _steps.Output.Span;

    /// <summary>The gradient of the output, row-major, which the loss fills in.</summary>
    public Span<float> OutputGradient => _steps.OutputGradient.Span;

    /// <summary>Bytes of activations, gradients of activations, and scratch.</summary>
    public long Bytes => _steps.Bytes + sizeof(float) * (long)_scratch.Length;

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
        _steps.Begin();
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
        TrainingContext context = _steps.Context(_source, _scratch.Pointer, _accumulates, share);
        foreach (TrainingPhase phase in _steps.Forward)
        {
            barrier.Wait();
            phase.Run(context);
        }
        barrier.Wait();
        if (share.Thread == 0) _loss!();
        foreach (TrainingPhase phase in _steps.Backward)
        {
            barrier.Wait();
            phase.Run(context);
        }
    }

    /// <summary>Copies the gradient of the input, row-major, from the last run: the sum of its readers' contributions.</summary>
    public void CopyInputGradient(Span<float> destination)
    {
        ReadOnlySpan<float> gradients = _steps.InputGradients;
        int length = _steps.InputLength;
        gradients[..length].CopyTo(destination);
        for (gradients = gradients[length..]; !gradients.IsEmpty; gradients = gradients[length..])
            TensorPrimitives.Add(destination, gradients[..length], destination);
    }

    /// <summary>One line for each step.</summary>
    public override string ToString() => _steps.ToString();

    private readonly struct Creation(TrainingGraph graph, TrainingServices services, bool recompute) : ISimdAction
    {
        /// <summary>Receives the steps.</summary>
        public List<TrainingSteps> Steps { get; } = [];

        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            Steps.Add(TrainingSteps.Create<TSimd, TVector>(graph, services, recompute));
        }
    }
}
