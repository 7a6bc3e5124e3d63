using System.Numerics.Tensors;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Plans.Lowering;

namespace ResNetManaged.Plans.Execution;

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
    private readonly PinnedArray _arena, _scratch, _rows, _rowGradients, _inputGradients;
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
        _inputGradients = new PinnedArray(checked(_input.Gradients.Count * _input.Shape.ElementCount));
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
    /// <param name="wantsInputGradient">Whether the gradient of the input is a result too: <see cref="CopyInputGradient"/>.</param>
    /// <returns>The program; null for a graph that it has no steps for.</returns>
    public static TrainingProgram? TryCompile(PlanGraph graph, ExecutionOptions options, IGradientMemory gradients, out string? reason,
        bool recompute = false, bool wantsInputGradient = false)
    {
        TrainingBuilder builder = new(graph, options, gradients, wantsInputGradient);
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
        if (_input.Gradients.Count == 0) return;
        barrier.Wait();
        UnpackInputGradients(context);
    }

    /// <summary>The gradient of the input, row-major, as the last run left it: the sum of what its one or two readers gave.</summary>
    public void CopyInputGradient(Span<float> destination)
    {
        int length = _input.Shape.ElementCount;
        ReadOnlySpan<float> gradients = _inputGradients.Span;
        gradients[..length].CopyTo(destination);
        if (gradients.Length > length) TensorPrimitives.Add(destination, gradients[length..], destination);
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

    private void UnpackOutput(in TrainingContext context) => Unpack(context.View(_output), _output, _rows.Pointer, context);

    private void UnpackInputGradients(in TrainingContext context)
    {
        float* rows = _inputGradients.Pointer;
        foreach (TrainingGradient gradient in _input.Gradients)
        {
            Unpack(context.View(gradient), _input, rows, context);
            rows += _input.Shape.ElementCount;
        }
    }

    private static void Unpack(BlockedView source, TrainingValue value, float* rows, in TrainingContext context)
    {
        if (value.Shape.Rank == 2) LayoutConversion.UnpackFeatures(source.Pointer, source.Layout, rows, context.Share);
        else LayoutConversion.Unpack(source.Pointer, value.Images, source.Layout, rows, context.Share);
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
        time++; // the input's gradients are copied out
        foreach (TrainingGradient gradient in _input.Gradients) gradient.Memory.UseAt(time);
        return ArenaBlock.Arrange(blocks);
    }
}
