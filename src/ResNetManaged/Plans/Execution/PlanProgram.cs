using System.Runtime.CompilerServices;
using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Plans.Lowering;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Execution;

/// <summary>The steps that compute a graph, and the memory that they need: what a plan is compiled to.</summary>
internal sealed class PlanProgram
{
    private readonly Dictionary<PlanStage, string> _stages = [];

    private PlanProgram(Graph graph, SimdPath simd, ExecutionOptions options, WeightStore weights)
    {
        InputShape = graph.Input.Shape;
        OutputShape = graph.Output.Shape;
        Threads = options.Threads;
        PlanGraph plan = PlanGraph.From(graph);
        _stages[PlanStage.Graph] = plan.ToString();
        FoldBatchNorm.Apply(plan);
        FuseAdd.Apply(plan);
        FuseRelu.Apply(plan);
        foreach (PlanNode node in plan.Nodes)
        {
            if (node.Operation is Conv2dOperation) node.Choice = ConvSelector.Choose(node.ConvGeometry, options, CanReadRows(plan, node));
        }
        FusePool.Apply(plan);
        _stages[PlanStage.Fused] = plan.ToString();
        _stages[PlanStage.Algorithms] = string.Join('\n', plan.Nodes.Where(node => node.Choice is not null)
            .Select(node => $"{node}: {node.Choice!.Algorithm}, {node.Choice.Reason}"));
        PlanFormats.Apply(plan);
        BufferPlanner.Apply(plan, out int arena, out int[] buffers);
        ArenaLength = arena;
        BufferLengths = buffers;
        _stages[PlanStage.Buffers] = string.Join('\n', plan.Nodes.Select(node => $"{node.Output}: {node.Output.Operand}, {node.Output.Length} floats"));
        List<Step> steps = [];
        SimdDispatch.Run(simd, new StepFactory(plan, weights, options, steps));
        Steps = [.. steps];
        weights.PackAll(beside: Prepare);
        ScratchLength = steps.Count == 0 ? 0 : steps.Max(step => step.ScratchLength(Threads));
        _stages[PlanStage.Steps] = string.Join('\n', steps.Select(step => $"{step.Node}: {step.Algorithm}"));
    }

    public Shape InputShape { get; }

    public Shape OutputShape { get; }

    /// <summary>The largest number of threads that it may run on.</summary>
    public int Threads { get; }

    public Step[] Steps { get; }

    /// <summary>Floats of activations.</summary>
    public int ArenaLength { get; }

    /// <summary>Floats that steps use while they run.</summary>
    public int ScratchLength { get; }

    /// <summary>Floats of the arrays of operations that run on tensors.</summary>
    public int[] BufferLengths { get; }

    /// <summary>Compiles a graph.</summary>
    public static PlanProgram Compile(Graph graph, SimdPath simd, ExecutionOptions options, WeightStore weights) => new(graph, simd, options, weights);

    /// <summary>Whether a convolution without a residual is the one that reads the network's input.</summary>
    private static bool CanReadRows(PlanGraph plan, PlanNode node) => node.Inputs[0] == plan.Input && node.Residual is null;

    /// <summary>Has the JIT compile what the steps will run: as a thread that has no share of the work, so that nothing is computed.</summary>
    private unsafe void Prepare()
    {
        if (!RuntimeFeature.IsDynamicCodeCompiled) return;
        StepContext nothing = new(null, null, null, null, Array.ConvertAll(BufferLengths, _ => Array.Empty<float>()),
            new WorkShare(1, int.MaxValue));
        foreach (Step step in Steps) step.Prepare(nothing);
    }

    /// <summary>What a stage made, a line for each node, value or step.</summary>
    public string Describe(PlanStage stage) => _stages[stage];
}
