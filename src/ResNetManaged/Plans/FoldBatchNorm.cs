using ResNetManaged.Graphs.Operations;

namespace ResNetManaged.Plans;

/// <summary>Conv2d, then BatchNorm2d with running statistics: the norm's factor goes into the weights, its summand into the bias.</summary>
internal static class FoldBatchNorm
{
    public static void Apply(PlanGraph graph)
    {
        foreach (PlanNode node in graph.Nodes.ToArray())
        {
            if (node.Operation is not BatchNorm2dOperation { UsesBatchStatistics: false } norm) continue;
            PlanNode? producer = graph.ProducerOf(node.Inputs[0]);
            if (producer is not { Operation: Conv2dOperation, Norm: null, CanExtend: true } || !graph.HasOneReader(producer.Output)) continue;
            producer.Norm = norm;
            graph.Replace(node, producer);
        }
    }
}
