using ResNetManaged.Graphs;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Plans;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Plans.Lowering;
using ResNetManaged.Plans.Lowering.Fusion;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Plans;

/// <summary>The stages of compilation one by one, with only the passes that a test selects.</summary>
internal sealed class PlanPipeline
{
    private readonly long _arena;
    private readonly int[] _buffers;

    public PlanPipeline(Graph graph, Precision precision, params Action<PlanGraph>[] passes)
    {
        Plan = PlanGraph.From(graph, PlanPurpose.Inference);
        foreach (Action<PlanGraph> pass in passes) pass(Plan);
        Plan.ChooseAlgorithms(new ExecutionOptions { Precision = precision });
        if (passes.Length > 0) FusePool.Apply(Plan); // after the choice, which it depends on
        Fused = Plan.ToString();
        PlanFormats.Apply(Plan);
        BufferPlanner.Apply(Plan, out _arena, out _buffers);
    }

    /// <summary>All passes, in the compiler's order.</summary>
    public static Action<PlanGraph>[] AllPasses => [FoldBatchNorm.Apply, FuseAdd.Apply, FuseRelu.Apply];

    public PlanGraph Plan { get; }

    /// <summary>The nodes after the passes.</summary>
    public string Fused { get; }

    public long ArenaBytes => _arena;

    public int BufferCount => _buffers.Length;

    /// <summary>Runs the steps on one thread, in a poisoned arena.</summary>
    public unsafe float[] Run(Graph graph, Tensor input)
    {
        ExecutionOptions options = new() { Threads = 1 };
        WeightStore weights = new(threads: 1);
        Step[] steps = InferenceProgram.CreateSteps(Plan, SimdDispatch.Resolve(SimdPath.Auto), new InferenceServices(weights, options));
        weights.PackAll(beside: () => { });
        PinnedMemory x = new(input.ReadOnlySpan), y = new(graph.Output.Shape.ElementCount), arena = new((int)(_arena / sizeof(float)));
        PinnedMemory scratch = new(steps.Max(step => step.ScratchLength(threads: 1)));
        float[][] buffers = Array.ConvertAll(_buffers, length => GC.AllocateUninitializedArray<float>(length, pinned: true));
        StepContext context = new(x.Pointer, y.Pointer, (byte*)arena.Pointer, scratch.Pointer, buffers, WorkShare.All);
        foreach (Step step in steps) step.Run(context);
        foreach (PinnedMemory memory in new[] { x, y, arena, scratch }) memory.AssertIntact("plan");
        return y.Span.ToArray();
    }
}
