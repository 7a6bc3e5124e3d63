using ResNetManaged.Graphs;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Plans.Lowering;
using ResNetManaged.Plans.Lowering.Fusion;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans;

/// <summary>A graph on its way to becoming a training program: the nodes of a plan, and the gradients that flow between them.</summary>
/// <remarks>
/// Formats, layouts and halos come from the passes that inference uses. A gradient has the format of its value, in blocks of 16, with the halo that
/// the producer of the value needs.
/// </remarks>
internal sealed class TrainingGraph
{
    private readonly PlanGraph _plan;
    private readonly Dictionary<PlanValue, List<PlanValue>> _gradients = []; // the contributions of each value's readers

    private TrainingGraph(PlanGraph plan, IReadOnlySet<PlanValue> wanted)
    {
        _plan = plan;
        foreach (PlanValue value in plan.Nodes.Select(node => node.Output).Append(plan.Input)) _gradients[value] = [];
        List<(PlanNode Node, PlanValue?[] Gives)> nodes = [];
        foreach (PlanNode node in plan.Nodes) nodes.Add((node, [.. node.Reads.Select(value => wanted.Contains(node.Output) && wanted.Contains(value) ? NewGradient(value) : null)]));
        OutputGradient = NewGradient(plan.Output);
        foreach ((PlanNode node, PlanValue?[] gives) in nodes)
        {
            Halo halo = node.Lowering.GradientHalo(node, gives[0] is not null);
            foreach (PlanValue gradient in _gradients[node.Output]) gradient.AddHalo(halo);
        }
        Nodes = [.. nodes.Select(entry => new TrainingNode(entry.Node, entry.Gives, wanted.Contains(entry.Node.Output) ? [.. _gradients[entry.Node.Output]] : []))];
    }

    /// <summary>In execution order.</summary>
    public IReadOnlyList<TrainingNode> Nodes { get; }

    public PlanValue Input => _plan.Input;

    public PlanValue Output => _plan.Output;

    /// <summary>The gradient of the output, which the loss fills in.</summary>
    public PlanValue OutputGradient { get; }

    /// <summary>The gradients of the input, one for each of its readers; none if they are not wanted.</summary>
    public IReadOnlyList<PlanValue> InputGradients => _gradients[Input];

    /// <summary>Compiles a graph up to the point where kernels are needed.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="options">Precision and the algorithms allowed.</param>
    /// <param name="gradients">Which parameters are trained.</param>
    /// <param name="wantsInputGradient">Whether the gradient of the input is a result too.</param>
    /// <param name="obstacle">Why it cannot be compiled; null if it can.</param>
    /// <param name="fuses">Whether batch norms, sums and ReLUs are fused.</param>
    /// <returns>The training graph; null if there is an obstacle.</returns>
    public static TrainingGraph? TryCreate(Graph graph, ExecutionOptions options, IGradientMemory gradients, bool wantsInputGradient, out string? obstacle,
        bool fuses = true)
    {
        PlanGraph plan = PlanGraph.From(graph, PlanPurpose.Training);
        if (fuses)
        {
            FuseGates.Apply(plan);
            FuseNorms.Apply(plan);
        }
        obstacle = ObstacleIn(plan, gradients);
        if (obstacle is not null) return null;
        if (!WithGradients(plan, gradients, wantsInputGradient).Contains(plan.Output))
        {
            obstacle = "it has no parameter that requires a gradient";
            return null;
        }
        return Complete(plan, options, gradients, wantsInputGradient, inputReads: 2);
    }

    /// <summary>Compiles part of a graph that <see cref="TryCreate"/> found no obstacle in; the gradient of its input is one value.</summary>
    public static TrainingGraph OfPart(PlanGraph part, ExecutionOptions options, IGradientMemory gradients) =>
        Complete(part, options, gradients, wantsInputGradient: true, inputReads: 1);

    private static TrainingGraph Complete(PlanGraph plan, ExecutionOptions options, IGradientMemory gradients, bool wantsInputGradient, int inputReads)
    {
        InsertForks(plan, WithGradients(plan, gradients, wantsInputGradient), inputReads);
        plan.ChooseAlgorithms(options);
        PlanFormats.Apply(plan);
        return new TrainingGraph(plan, WithGradients(plan, gradients, wantsInputGradient));
    }

    /// <summary>The first obstacle to training steps; null if there is none.</summary>
    private static string? ObstacleIn(PlanGraph plan, IGradientMemory gradients)
    {
        if (plan.Input.Shape is not { Rank: 2 or 4, ElementCount: > 0 }) return $"its input {plan.Input.Shape} is neither images nor features";
        HashSet<Parameter> trained = [];
        foreach (PlanNode node in plan.Nodes)
        {
            if (!node.IsNative) return $"there is no training step for {node}";
            foreach (Parameter? parameter in node.Lowering.Parameters(node)) // a gradient is written by one step, not summed over several
                if (gradients.IsWanted(parameter) && !trained.Add(parameter!)) return $"{node} uses a parameter that an earlier step uses";
        }
        return null;
    }

    /// <summary>The values on a path to the output from a trained parameter, or from an input whose gradient is wanted.</summary>
    private static HashSet<PlanValue> WithGradients(PlanGraph plan, IGradientMemory gradients, bool wantsInputGradient)
    {
        HashSet<PlanValue> wanted = wantsInputGradient ? [plan.Input] : [], used = [plan.Output];
        foreach (PlanNode node in plan.Nodes)
            if (node.Lowering.Parameters(node).Any(gradients.IsWanted) || node.Reads.Any(wanted.Contains)) wanted.Add(node.Output);
        foreach (PlanNode node in Enumerable.Reverse(plan.Nodes))
            if (used.Contains(node.Output)) used.UnionWith(node.Reads);
        wanted.IntersectWith(used);
        return wanted;
    }

    /// <summary>
    /// Gradients are summed where they are read: at most two, and only by some steps. As long as a value has more readers than that, two of them read
    /// a copy of it instead, whose step sums their gradients.
    /// </summary>
    private static void InsertForks(PlanGraph plan, HashSet<PlanValue> wanted, int inputReads)
    {
        foreach (PlanNode? producer in plan.Nodes.ToArray().Prepend(null))
        {
            PlanValue value = producer?.Output ?? plan.Input;
            if (!wanted.Contains(value)) continue;
            int most = producer is null ? inputReads : producer.Lowering.SumsGradients ? 2 : 1;
            while (CountReads(plan, value) > most) InsertFork(plan, producer, value);
        }
    }

    private static int CountReads(PlanGraph plan, PlanValue value) =>
        plan.Nodes.Sum(node => node.Reads.Count(read => read == value)) + (plan.Output == value ? 1 : 0);

    /// <summary>Makes the last two readers of a value read a copy.</summary>
    private static void InsertFork(PlanGraph plan, PlanNode? producer, PlanValue value)
    {
        PlanValue copy = new(value.Shape, value.Name, value.Type);
        int moved = 0;
        if (plan.Output == value)
        {
            plan.Output = copy;
            moved++;
        }
        foreach (PlanNode reader in Enumerable.Reverse(plan.Nodes))
        {
            if (moved < 2 && reader.Residual == value)
            {
                reader.Residual = copy;
                moved++;
            }
            for (int i = reader.Inputs.Length - 1; i >= 0 && moved < 2; i--)
            {
                if (reader.Inputs[i] != value) continue;
                reader.Inputs[i] = copy;
                moved++;
            }
        }
        plan.Nodes.Insert(plan.IndexOf(producer) + 1, new PlanNode(ForkLowering.Instance, value.Name, [value], copy));
    }

    private PlanValue NewGradient(PlanValue value)
    {
        PlanValue gradient = value.NewGradient();
        _gradients[value].Add(gradient);
        return gradient;
    }
}
