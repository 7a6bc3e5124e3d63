using ResNetManaged.Graphs.Operations;

namespace ResNetManaged.Plans.Lowering.Fusion;

/// <summary>Conv2d, then BatchNorm2d with running statistics: the norm's scale goes into the weights, its shift into the bias.</summary>
internal static class FoldBatchNorm
{
    public static void Apply(PlanGraph graph)
    {
        foreach (PlanNode node in graph.Nodes.ToArray())
        {
            if (node.Operation is not BatchNorm2dOperation { UsesBatchStatistics: false } norm) continue;
            PlanNode? producer = graph.ProducerOf(node.Inputs[0]);
            if (producer is not { Operation: Conv2dOperation, CanExtend: true } || producer.Fused<BatchNorm2dOperation>() is not null || !graph.HasOneReader(producer.Output)) continue;
            producer.Fuse(norm);
            graph.Replace(node, producer);
        }
    }
}
