using System.Runtime.CompilerServices;
using ResNetManaged.Graphs;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Plans.Lowering;
using ResNetManaged.Plans.Lowering.Fusion;
using ResNetManaged.Plans.Quantization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Execution;

/// <summary>The steps that compute a graph's output, and the memory that they need.</summary>
internal sealed class InferenceProgram
{
    private readonly Dictionary<PlanStage, string> _stages = [];

    private InferenceProgram(Graph graph, SimdPath simd, ExecutionOptions options, WeightStore weights, NetworkQuantization? quantization)
    {
        InputShape = graph.Input.Shape;
        OutputShape = graph.Output.Shape;
        Threads = options.Threads;
        PlanGraph plan = PlanGraph.From(graph, PlanPurpose.Inference);
        _stages[PlanStage.Graph] = plan.ToString();
        FoldBatchNorm.Apply(plan);
        FoldScale.Apply(plan);
        if (options.Precision == Precision.Fast && quantization is null) PoolFirst.Apply(plan);
        FuseAdd.Apply(plan);
        FuseRelu.Apply(plan);
        if (quantization is not null) QuantizeGraph.Apply(plan, quantization);
        plan.ChooseAlgorithms(options);
        FusePool.Apply(plan);
        FuseActivation.Apply(plan);
        _stages[PlanStage.Fused] = plan.ToString();
        _stages[PlanStage.Algorithms] = string.Join('\n', plan.Nodes.Where(node => node.Choice is not null)
            .Select(node => $"{node}: {node.Choice!.Algorithm}, {node.Choice.Reason}"));
        PlanFormats.Apply(plan);
        BufferPlanner.Apply(plan, out long arena, out int[] buffers);
        ArenaBytes = arena;
        BufferLengths = buffers;
        _stages[PlanStage.Buffers] = string.Join('\n', plan.Nodes.Select(node => $"{node.Output}: {node.Output.Operand}, {node.Output.Bytes} bytes"));
        Steps = CreateSteps(plan, simd, new InferenceServices(weights, options));
        weights.PackAll(beside: Prepare);
        _stages[PlanStage.Steps] = string.Join('\n', Steps.Select(step => $"{step.Node}: {step.Algorithm}"));
    }

    public Shape InputShape { get; }

    public Shape OutputShape { get; }

    /// <summary>The most threads that may run it.</summary>
    public int Threads { get; }

    public Step[] Steps { get; }

    /// <summary>Bytes of activations.</summary>
    public long ArenaBytes { get; }

    /// <summary>The lengths of the arrays for operations that run on tensors.</summary>
    public int[] BufferLengths { get; }

    /// <summary>Compiles a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="simd">The vector width.</param>
    /// <param name="options">Threads and precision.</param>
    /// <param name="weights">The model's packed weights.</param>
    /// <param name="quantization">How activations and weights are quantized; null if they are not.</param>
    public static InferenceProgram Compile(Graph graph, SimdPath simd, ExecutionOptions options, WeightStore weights,
        NetworkQuantization? quantization = null) => new(graph, simd, options, weights, quantization);

    /// <summary>Creates the steps of a graph whose formats and operands are final.</summary>
    public static Step[] CreateSteps(PlanGraph plan, SimdPath simd, InferenceServices services)
    {
        List<Step> steps = [];
        SimdDispatch.Run(simd, new Creation(plan, services, steps));
        for (int i = 0; i + 1 < steps.Count; i++) steps[i].Next = steps[i + 1];
        return [.. steps];
    }

    /// <summary>Floats of scratch for the running step.</summary>
    /// <param name="threads">The threads that run the program together.</param>
    public int ScratchLength(int threads) => Steps.Length == 0 ? 0 : Steps.Max(step => step.ScratchLength(threads));

    /// <summary>Bytes of memory for this many threads to run the program together.</summary>
    public long WorkspaceBytes(int threads) =>
        ArenaBytes + sizeof(float) * (ScratchLength(threads) + BufferLengths.Sum(length => (long)length));

    /// <summary>What a stage produced: one line for each node, value or step.</summary>
    public string Describe(PlanStage stage) => _stages[stage];

    /// <summary>Forces the JIT to compile the code of all steps, by running them on a thread with no share of the work.</summary>
    private unsafe void Prepare()
    {
        if (!RuntimeFeature.IsDynamicCodeCompiled) return;
        StepContext nothing = new(null, null, null, null, Array.ConvertAll(BufferLengths, _ => Array.Empty<float>()),
            new WorkShare(1, int.MaxValue));
        foreach (Step step in Steps) step.Prepare(nothing);
    }

    private readonly struct Creation(PlanGraph plan, InferenceServices services, List<Step> steps) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            foreach (PlanNode node in plan.Nodes) steps.Add(node.Lowering.CreateStep<TSimd, TVector>(node, services));
        }
    }
}
