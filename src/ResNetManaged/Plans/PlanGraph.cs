using ResNetManaged.Graphs;

namespace ResNetManaged.Plans;

/// <summary>A graph on its way to becoming steps: nodes that can be merged, dropped and inserted.</summary>
internal sealed class PlanGraph
{
    private PlanGraph(PlanValue input, PlanPurpose purpose)
    {
        Input = Output = input;
        Purpose = purpose;
    }

    public PlanPurpose Purpose { get; }

    public PlanValue Input { get; }

    public PlanValue Output { get; set; }

    /// <summary>In execution order.</summary>
    public List<PlanNode> Nodes { get; } = [];

    /// <summary>One node for each node of the graph.</summary>
    public static PlanGraph From(Graph graph, PlanPurpose purpose)
    {
        Dictionary<Value, PlanValue> values = new() { [graph.Input] = new PlanValue(graph.Input.Shape, "input") };
        PlanGraph plan = new(values[graph.Input], purpose);
        Dictionary<string, int> calls = [];
        foreach (Node node in graph.Nodes)
        {
            int call = calls[node.ModulePath] = calls.GetValueOrDefault(node.ModulePath) + 1;
            string key = call == 1 ? node.ModulePath : $"{node.ModulePath}#{call}";
            PlanValue output = values[node.Output] = new PlanValue(node.Output.Shape, node.ModulePath) { Key = key };
            plan.Nodes.Add(new PlanNode(node.Operation, node.ModulePath, Array.ConvertAll(node.InputArray, value => values[value]), output, purpose));
        }
        plan.Output = values[graph.Output];
        return plan;
    }

    /// <summary>Moves the nodes between two values into a graph of their own.</summary>
    public PlanGraph Extract(PlanValue input, PlanValue output, IReadOnlySet<PlanNode> nodes)
    {
        PlanGraph part = new(input, Purpose) { Output = output };
        part.Nodes.AddRange(Nodes.Where(nodes.Contains));
        Nodes.RemoveAll(nodes.Contains);
        return part;
    }

    /// <summary>Chooses the algorithm of every node that has several.</summary>
    public void ChooseAlgorithms(ExecutionOptions options)
    {
        foreach (PlanNode node in Nodes) node.Lowering.ChooseAlgorithm(node, this, options);
    }

    /// <summary>The node that produces a value; null for the input.</summary>
    public PlanNode? ProducerOf(PlanValue value) => Nodes.Find(node => node.Output == value);

    /// <summary>The nodes that read a value.</summary>
    public IEnumerable<PlanNode> ReadersOf(PlanValue value) => Nodes.Where(node => node.Reads.Contains(value));

    /// <summary>Whether a value is read exactly once, and is not the output.</summary>
    public bool HasOneReader(PlanValue value) =>
        value != Output && Nodes.Sum(node => node.Reads.Count(read => read == value)) == 1;

    public int IndexOf(PlanNode? node) => node is null ? -1 : Nodes.IndexOf(node);

    /// <summary>Removes a node whose work another node now does; that node takes over its output.</summary>
    public void Replace(PlanNode node, PlanNode by)
    {
        by.Output = node.Output;
        Nodes.Remove(node);
    }

    public override string ToString() => string.Join('\n', Nodes);
}
