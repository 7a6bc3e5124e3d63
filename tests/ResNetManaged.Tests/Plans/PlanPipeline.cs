using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Plans;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Plans.Lowering;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Plans;

/// <summary>The stages of compilation, one by one, with only those passes that a test wants.</summary>
internal sealed class PlanPipeline
{
    private readonly int _arena;
    private readonly int[] _buffers;

    public PlanPipeline(Graph graph, Precision precision, params Action<PlanGraph>[] passes)
    {
        Plan = PlanGraph.From(graph);
        foreach (Action<PlanGraph> pass in passes) pass(Plan);
        foreach (PlanNode node in Plan.Nodes)
        {
            bool readsInput = node.Inputs[0] == Plan.Input && node.Residual is null;
            if (node.Operation is Conv2dOperation) node.Choice = ConvSelector.Choose(node.ConvGeometry, new ExecutionOptions { Precision = precision }, readsInput);
        }
        if (passes.Length > 0) FusePool.Apply(Plan); // after the choice, which it looks at
        Fused = Plan.ToString();
        PlanFormats.Apply(Plan);
        BufferPlanner.Apply(Plan, out _arena, out _buffers);
    }

    /// <summary>All passes, in the order of the compiler.</summary>
    public static Action<PlanGraph>[] AllPasses => [FoldBatchNorm.Apply, FuseAdd.Apply, FuseRelu.Apply];

    public PlanGraph Plan { get; }

    /// <summary>The nodes after the passes.</summary>
    public string Fused { get; }

    public int ArenaLength => _arena;

    public int BufferCount => _buffers.Length;

    /// <summary>Runs the steps on one thread, in an arena that is poisoned beforehand.</summary>
    public unsafe float[] Run(Graph graph, Tensor input)
    {
        ExecutionOptions options = new() { Threads = 1 };
        List<Step> steps = [];
        WeightStore weights = new(threads: 1);
        SimdDispatch.Run(SimdDispatch.Resolve(SimdPath.Auto), new StepFactory(Plan, weights, options, steps));
        weights.PackAll(beside: () => { });
        PinnedMemory x = new(input.ReadOnlySpan), y = new(graph.Output.Shape.ElementCount), arena = new(_arena);
        PinnedMemory scratch = new(steps.Max(step => step.ScratchLength(threads: 1)));
        float[][] buffers = Array.ConvertAll(_buffers, length => GC.AllocateUninitializedArray<float>(length, pinned: true));
        StepContext context = new(x.Pointer, y.Pointer, arena.Pointer, scratch.Pointer, buffers, WorkShare.All);
        foreach (Step step in steps) step.Run(context);
        foreach (PinnedMemory memory in new[] { x, y, arena, scratch }) memory.AssertIntact("plan");
        return y.Span.ToArray();
    }
}
