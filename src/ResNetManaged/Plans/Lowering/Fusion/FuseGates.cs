using ResNetManaged.Graphs.Operations;

namespace ResNetManaged.Plans.Lowering.Fusion;

/// <summary>
/// BatchNorm2d, then a product with factors that are computed from the means of its planes, as in squeeze-and-excitation, for training: the norm's node
/// includes the product, and the nodes that compute the factors.
/// </summary>
internal static class FuseGates
{
    public static void Apply(PlanGraph graph)
    {
        foreach (PlanNode product in graph.Nodes.Where(MulLowering.IsScale).ToArray()) Fuse(graph, product);
    }

    private static void Fuse(PlanGraph graph, PlanNode product)
    {
        if (graph.ProducerOf(product.Inputs[0]) is not { Operation: BatchNorm2dOperation, CanExtend: true, Gate: null } norm || graph.Output == norm.Output) return;
        PlanNode[] readers = [.. graph.ReadersOf(norm.Output)];
        if (readers.Length != 2 || readers.FirstOrDefault(node => node.Operation is AdaptiveAvgPool2dOperation) is not { IsNative: true } pool) return;
        HashSet<PlanNode> gate = [];
        if (!Collect(graph, product.Inputs[1], pool.Output, gate) || gate.Count == 0) return;
        if (gate.Append(pool).Any(node => node.Output == graph.Output || !graph.ReadersOf(node.Output).All(reader => reader == product || gate.Contains(reader)))) return;
        norm.FuseGate(product.Operation!, graph.Extract(pool.Output, product.Inputs[1], gate));
        graph.Nodes.Remove(pool);
        graph.Replace(product, norm);
    }

    /// <summary>Collects the nodes between two values, if kernels compute all of them and they read nothing else.</summary>
    private static bool Collect(PlanGraph graph, PlanValue value, PlanValue start, HashSet<PlanNode> nodes)
    {
        if (value == start) return true;
        if (graph.ProducerOf(value) is not { IsNative: true } producer) return false;
        nodes.Add(producer);
        return producer.Reads.All(read => Collect(graph, read, start, nodes));
    }
}
