using ResNetManaged.Kernels;

namespace ResNetManaged.Plans;

/// <summary>A graph compiled for training: steps with a forward and a backward half, and the memory that both need.</summary>
/// <remarks>
/// A value that the backward half reads keeps its place until then, or is made there again; everything else shares the arena. Time runs through all forward
/// halves, the loss, and the <see cref="BackwardPass"/>.
/// </remarks>
internal sealed unsafe class TrainingProgram : ITeamWork
{
    private readonly TrainingStep[] _steps;
    private readonly TrainingHalf[] _forward, _backward;
    private readonly TrainingValue _input, _output;
    private readonly TrainingGradient _outputGradient;
    private readonly PinnedArray _arena, _scratch, _rows, _rowGradients;
    private readonly WorkerTeam _team = new();
    private readonly int _threads;
    private float* _source;
    private Action? _loss;
    private bool _accumulates;

    private TrainingProgram(TrainingBuilder builder, int threads, bool recompute)
    {
        _steps = [.. builder.Steps];
        _forward = Array.ConvertAll(_steps, step => new TrainingHalf(step, HalfKind.Forward));
        _backward = [.. BackwardPass.Of(_steps, recompute)];
        (_input, _output, _threads) = (builder.Input, builder.Output, threads);
        _outputGradient = _output.AddGradient()!;
        foreach (TrainingStep step in _steps)
            foreach (TrainingGradient gradient in step.Output.Gradients) gradient.AddHalo(step.GradientHalo);
        _arena = new PinnedArray(Arrange());
        foreach (TrainingStep step in _steps) step.CreateKernels(threads);
        _scratch = new PinnedArray(_steps.Max(step => step.ScratchLength));
        _rows = new PinnedArray(_output.Shape.ElementCount);
        _rowGradients = new PinnedArray(_output.Shape.ElementCount);
    }

    /// <summary>The output, row-major, once the forward half has run.</summary>
    public ReadOnlySpan<float> Output => _rows.Span;

    /// <summary>Takes the gradient of the output, row-major, while the loss is computed.</summary>
    public Span<float> OutputGradient => _rowGradients.Span;

    /// <summary>Bytes of activations, gradients of activations, and scratch.</summary>
    public long Bytes => sizeof(float) * ((long)_arena.Length + _scratch.Length);

    /// <summary>Compiles a graph.</summary>
    /// <param name="graph">The graph, after its passes.</param>
    /// <param name="options">Threads, vector width, precision.</param>
    /// <param name="gradients">Where the gradients of parameters go.</param>
    /// <param name="recompute">Whether activations are computed again rather than kept.</param>
    /// <param name="reason">Why it could not be compiled.</param>
    /// <returns>The program; null for a graph that it has no steps for.</returns>
    public static TrainingProgram? TryCompile(PlanGraph graph, ExecutionOptions options, IGradientMemory gradients, bool recompute,
        out string? reason)
    {
        TrainingBuilder builder = new(graph, options, gradients);
        builder.Build(SimdDispatch.Resolve(options.Simd));
        reason = builder.Obstacle;
        return reason is null ? new TrainingProgram(builder, options.Threads, recompute) : null;
    }

    /// <summary>Runs the forward half, the loss, and the backward half.</summary>
    /// <param name="input">The input, row-major.</param>
    /// <param name="loss">Reads <see cref="Output"/> and fills <see cref="OutputGradient"/>, on one thread.</param>
    /// <param name="accumulates">Whether gradients of parameters are added to those that are there.</param>
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
        TrainingContext context = new(_arena.Pointer, _scratch.Pointer, _accumulates, share);
        PackInput(context);
        Run(_forward, context, barrier);
        barrier.Wait();
        UnpackOutput(context);
        barrier.Wait();
        if (share.Thread == 0) _loss!();
        barrier.Wait();
        Pack(_rowGradients.Pointer, _output, context.View(_outputGradient), context);
        Run(_backward, context, barrier);
    }

    /// <summary>A line for each step.</summary>
    public override string ToString() => string.Join('\n', _steps.Select(step =>
        _backward.Contains(new TrainingHalf(step, HalfKind.ForwardAgain)) ? $"{step}, computed again" : $"{step}"));

    private static void Run(TrainingHalf[] halves, in TrainingContext context, TeamBarrier barrier)
    {
        foreach (TrainingHalf half in halves)
        {
            for (int phase = half.FirstPhase; phase < half.Phases; phase++)
            {
                barrier.Wait();
                half.Run(context, phase);
            }
        }
    }

    private void PackInput(in TrainingContext context) => Pack(_source, _input, context.View(_input), context);

    private static void Pack(float* rows, TrainingValue value, BlockedView target, in TrainingContext context)
    {
        if (value.Shape.Rank == 2)
        {
            LayoutConversion.PackFeatures(rows, target.Layout, target.Pointer, context.Share);
            return;
        }
        context.ClearHalo(target, value.Images);
        LayoutConversion.Pack(rows, value.Images, target.Layout, target.Pointer, context.Share);
    }

    private void UnpackOutput(in TrainingContext context)
    {
        if (_output.Shape.Rank == 2) LayoutConversion.UnpackFeatures(context.Pointer(_output), _output.Layout, _rows.Pointer, context.Share);
        else LayoutConversion.Unpack(context.Pointer(_output), _output.Images, _output.Layout, _rows.Pointer, context.Share);
    }

    /// <summary>Gives all values and gradients their places.</summary>
    private int Arrange()
    {
        List<ArenaBlock> blocks = [.. _input.TakeMemory()];
        foreach (TrainingStep step in _steps) blocks.AddRange(step.Output.TakeMemory());
        int time = 0;
        _input.Memory.UseAt(time);
        foreach (TrainingHalf half in _forward) half.UseMemoryAt(++time);
        time++; // the loss
        _output.Memory.UseAt(time);
        _outputGradient.Memory.UseAt(time);
        foreach (TrainingHalf half in _backward) half.UseMemoryAt(++time);
        return ArenaBlock.Arrange(blocks);
    }
}
