using ResNetManaged.Graphs.Operations;
using ResNetManaged.Graphs.Operations.Channels;

namespace ResNetManaged.Plans.Lowering.Fusion;

/// <summary>Conv2d, perhaps with BatchNorm2d, then a factor for each channel: it goes into the weights and the bias.</summary>
internal static class FoldScale
{
    public static void Apply(PlanGraph graph)
    {
        foreach (PlanNode node in graph.Nodes.ToArray())
        {
            if (node.Operation is not ScaleOperation scale) continue;
            PlanNode? producer = graph.ProducerOf(node.Inputs[0]);
            if (producer is not { Operation: Conv2dOperation, CanExtend: true } || producer.Fused<ScaleOperation>() is not null) continue;
            if (!graph.HasOneReader(producer.Output)) continue;
            producer.Fuse(scale);
            graph.Replace(node, producer);
        }
    }
}
