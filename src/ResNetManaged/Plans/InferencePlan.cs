using System.Diagnostics;
using ResNetManaged.Graphs;
using ResNetManaged.Plans.Diagnostics;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Plans.Lowering;
using ResNetManaged.Plans.Quantization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans;

/// <summary>A network compiled for one input shape: steps on planned memory, with weights in the order in which steps read them.</summary>
/// <remarks>
/// Created by <see cref="CompiledModel"/>, in stages that <see cref="Describe"/> prints. Safe to use from many threads at once: each call takes a
/// workspace from a pool and returns it, and after the first calls nothing is allocated. Results do not depend on the number of threads, nor on how
/// images are batched.
/// </remarks>
public sealed unsafe class InferencePlan
{
    private readonly InferenceProgram _program;
    private readonly InferenceProgram? _rest; // for the images that remain after whole groups
    private readonly WorkspacePool<Workspace> _workspaces, _restWorkspaces;
    private readonly WorkspacePool<GroupWorkspace>? _groupWorkspaces; // in these, each thread computes its own groups
    private readonly int _groups;

    internal InferencePlan(Shape inputShape, Func<Shape, Graph> trace, SimdPath simd, ExecutionOptions options, WeightStore weights,
        NetworkQuantization? quantization = null)
    {
        Graph graph = trace(inputShape);
        InputShape = inputShape;
        OutputShape = graph.Output.Shape;
        Options = options;
        int images = inputShape.Rank == 4 ? inputShape[0] : 0;
        long groupBytes = WeightBytes(graph) <= SmallWeights ? SmallGroupBytes : HasGroups(graph) ? GroupBytes : SharingGroupBytes;
        int fair = images >= options.Threads ? images / options.Threads : images; // so that each thread has a group
        int group = images > 0 && graph.Nodes.All(IsPerImage) ? Math.Min(fair, GroupSize(graph, groupBytes)) : images;
        _groups = images == group ? 1 : images / group;
        _program = InferenceProgram.Compile(images == group ? graph : trace(inputShape.With(0, group)), simd, options, weights, quantization);
        if (images > group && images % group > 0)
            _rest = InferenceProgram.Compile(trace(inputShape.With(0, images % group)), simd, options, weights, quantization);
        _workspaces = new(() => new Workspace(_program, options.Threads));
        _restWorkspaces = new(() => new Workspace(_rest!, options.Threads));
        if (options.Threads > 1 && _groups >= options.Threads) _groupWorkspaces = new(() => new GroupWorkspace(_program));
    }

    /// <summary>The shape of the input.</summary>
    public Shape InputShape { get; }

    /// <summary>The shape of the output.</summary>
    public Shape OutputShape { get; }

    /// <summary>Threads, vector width and precision.</summary>
    internal ExecutionOptions Options { get; }

    /// <summary>Images computed together; a larger batch is computed in groups, so that activations stay in the caches.</summary>
    public int ImagesPerGroup => _program.InputShape.Rank == 4 ? _program.InputShape[0] : 1;

    /// <summary>Bytes of activations and scratch that each concurrent call needs, on all its threads.</summary>
    public long WorkspaceBytes => (_groupWorkspaces is null ? _program.WorkspaceBytes(Options.Threads)
            : Math.Min(Options.Threads, _groups) * _program.WorkspaceBytes(threads: 1))
        + (_rest?.WorkspaceBytes(Options.Threads) ?? 0);

    /// <summary>Computes the output for one input.</summary>
    /// <param name="input">A tensor of <see cref="InputShape"/>; it is only read.</param>
    /// <returns>The output, in its own memory.</returns>
    /// <exception cref="ShapeMismatchException">The shape differs.</exception>
    public Tensor Run(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Shape != InputShape)
            throw new ShapeMismatchException($"InferencePlan: input {input.Shape} differs from the shape it was compiled for, {InputShape}.");
        Tensor output = Tensor.Uninitialized(OutputShape);
        Run(input.ReadOnlySpan, output.Span);
        return output;
    }

    /// <summary>Computes the output for one input, without allocating.</summary>
    /// <param name="input">The elements of <see cref="InputShape"/>, row-major.</param>
    /// <param name="output">Receives the elements of <see cref="OutputShape"/>, row-major; it must not overlap the input.</param>
    /// <exception cref="ShapeMismatchException">A length differs.</exception>
    public void Run(ReadOnlySpan<float> input, Span<float> output)
    {
        CheckLengths(input, output);
        int images = InputShape.Rank == 4 ? InputShape[0] : 1;
        InferenceEventSource log = InferenceEventSource.Log;
        long start = InferenceMeter.Start();
        if (log.IsEnabled()) log.CallStart(images);
        try
        {
            Compute(input, output, stamps: null);
        }
        finally
        {
            if (log.IsEnabled()) log.CallStop();
            InferenceMeter.Stop(start, images);
        }
    }

    /// <summary>Measures how long each step takes.</summary>
    /// <param name="input">The elements of <see cref="InputShape"/>, row-major.</param>
    /// <param name="calls">The number of calls to measure, at least 1, after one that is not counted.</param>
    /// <returns>
    /// The steps in order, with the median time of each over all calls; for a batch computed in groups, the times of the last whole group.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">There are no calls to measure.</exception>
    /// <exception cref="ShapeMismatchException">The length differs from the shape's.</exception>
    internal IReadOnlyList<StepProfile> Profile(ReadOnlySpan<float> input, int calls)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(calls, 1);
        float[] output = new float[OutputShape.ElementCount];
        CheckLengths(input, output);
        long[] stamps = new long[_program.Steps.Length + 1];
        double[][] milliseconds = Array.ConvertAll(_program.Steps, _ => new double[calls]);
        for (int call = -1; call < calls; call++)
        {
            Compute(input, output, stamps);
            for (int i = 0; i < milliseconds.Length && call >= 0; i++)
                milliseconds[i][call] = Stopwatch.GetElapsedTime(stamps[i], stamps[i + 1]).TotalMilliseconds;
        }
        foreach (double[] samples in milliseconds) Array.Sort(samples);
        return
        [
            .. _program.Steps.Select((step, i) => new StepProfile
            {
                Path = step.Node.Path,
                Operation = step.Node.Title,
                Algorithm = step.Algorithm,
                Input = step.Node.Inputs[0].Shape,
                Output = step.Node.Output.Shape,
                Milliseconds = milliseconds[i][calls / 2],
                MultiplyAdds = step.MultiplyAdds,
                Bytes = step.Bytes,
            }),
        ];
    }

    /// <summary>What a stage of compilation produced: a line for each node, value or step.</summary>
    /// <param name="stage">The stage.</param>
    /// <returns>The text.</returns>
    internal string Describe(PlanStage stage) => _program.Describe(stage);

    /// <summary>The steps, one per line.</summary>
    public override string ToString() => Describe(PlanStage.Steps);

    internal InferenceProgram Program => _program;

    private void Compute(ReadOnlySpan<float> input, Span<float> output, long[]? stamps)
    {
        int inputs = _program.InputShape.ElementCount, outputs = _program.OutputShape.ElementCount;
        fixed (float* x = input, y = output)
        {
            if (_groupWorkspaces is not null && stamps is null) RunGroups(x, y);
            else Run(_workspaces, x, y, _groups, stamps);
            if (_rest is null) return;
            Run(_restWorkspaces, x + (nint)_groups * inputs, y + (nint)_groups * outputs, groups: 1, stamps: null);
        }
    }

    private void Run(WorkspacePool<Workspace> pool, float* input, float* output, int groups, long[]? stamps)
    {
        nint inputs = _program.InputShape.ElementCount, outputs = _program.OutputShape.ElementCount;
        Workspace workspace = pool.Rent();
        for (int i = 0; i < groups; i++) workspace.Run(input + i * inputs, output + i * outputs, stamps);
        pool.Return(workspace);
    }

    private void RunGroups(float* input, float* output)
    {
        GroupWorkspace workspace = _groupWorkspaces!.Rent();
        workspace.Run(input, output, _groups);
        _groupWorkspaces.Return(workspace);
    }

    private void CheckLengths(ReadOnlySpan<float> input, ReadOnlySpan<float> output)
    {
        CheckLength(nameof(input), input.Length, InputShape);
        CheckLength(nameof(output), output.Length, OutputShape);
    }

    private static void CheckLength(string name, int got, Shape shape)
    {
        if (got != shape.ElementCount)
            throw new ShapeMismatchException($"InferencePlan: {name} has {got} elements; shape {shape} has {shape.ElementCount}.");
    }

    private static bool IsPerImage(Node node) => Lowerings.Of(node.Operation).IsPerImage(node.Operation, node.Inputs[0].Shape, node.Output.Shape);

    private static long WeightBytes(Graph graph) => graph.Nodes.Sum(node => sizeof(float) * Lowerings.Of(node.Operation).WeightElements(node.Operation));

    /// <summary>The most images whose largest activations fit the given bytes, at least 1.</summary>
    private static int GroupSize(Graph graph, long bytes)
    {
        long largest = graph.Nodes.Select(node => node.Output).Append(graph.Input).Max(value => (long)value.Shape.ElementCount)
            / graph.Input.Shape[0] * sizeof(float);
        return (int)Math.Clamp(bytes / Math.Max(1, largest), 1, int.MaxValue);
    }

    private static bool HasGroups(Graph graph) => graph.Nodes.Any(node => Lowerings.Of(node.Operation).HasGroups(node.Operation));

    // Bytes that the largest activations of a group may take; a group of one image may exceed them. SharingGroupBytes, two images of a ResNet, lets
    // them share what is read of large weights (of batches on Zen 4, resnet18 gained 7 % on one thread and 13 % on two, resnet50 3 to 5 %); convolutions in
    // groups, whose weights are few, lost 3 % and keep one, GroupBytes. SmallGroupBytes is for networks whose weights, at most SmallWeights, stay in the
    // second-level cache from layer to layer.
    private const long SharingGroupBytes = 8 << 20, GroupBytes = 4 << 20, SmallGroupBytes = 256 << 10, SmallWeights = 4 << 20;
}
