using ResNetManaged.Graphs;

namespace ResNetManaged.Plans;

/// <summary>A graph on its way to becoming steps: nodes that can be merged, dropped and inserted.</summary>
internal sealed class PlanGraph
{
    private PlanGraph(PlanValue input) => Input = Output = input;

    public PlanValue Input { get; }

    public PlanValue Output { get; set; }

    /// <summary>In execution order.</summary>
    public List<PlanNode> Nodes { get; } = [];

    /// <summary>One node for each node of the graph.</summary>
    public static PlanGraph From(Graph graph)
    {
        Dictionary<Value, PlanValue> values = new() { [graph.Input] = new PlanValue(graph.Input.Shape, "input") };
        PlanGraph plan = new(values[graph.Input]);
        foreach (Node node in graph.Nodes)
        {
            PlanValue output = values[node.Output] = new PlanValue(node.Output.Shape, node.ModulePath);
            plan.Nodes.Add(new PlanNode(node.Operation, node.ModulePath, Array.ConvertAll(node.InputArray, value => values[value]), output));
        }
        plan.Output = values[graph.Output];
        return plan;
    }

    /// <summary>The node that makes a value; null for the input.</summary>
    public PlanNode? ProducerOf(PlanValue value) => Nodes.Find(node => node.Output == value);

    /// <summary>Whether one node, once, is all that reads a value.</summary>
    public bool HasOneReader(PlanValue value) =>
        value != Output && Nodes.Sum(node => node.Reads.Count(read => read == value)) == 1;

    public int IndexOf(PlanNode? node) => node is null ? -1 : Nodes.IndexOf(node);

    /// <summary>Drops a node whose work another one has taken over together with its output.</summary>
    public void Replace(PlanNode node, PlanNode by)
    {
        by.Output = node.Output;
        Nodes.Remove(node);
    }

    public override string ToString() => string.Join('\n', Nodes);
}
