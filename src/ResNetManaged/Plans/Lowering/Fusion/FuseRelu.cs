using ResNetManaged.Graphs.Operations;

namespace ResNetManaged.Plans.Lowering.Fusion;

/// <summary>Conv2d, Linear, Add, BatchNorm2d, GroupNorm or a product that scales planes, then ReLU: negative results become 0 before they are stored.</summary>
internal static class FuseRelu
{
    public static void Apply(PlanGraph graph)
    {
        foreach (PlanNode node in graph.Nodes.ToArray())
        {
            if (node.Operation is not ReluOperation) continue;
            PlanNode? producer = graph.ProducerOf(node.Inputs[0]);
            bool fits = producer?.Operation is Conv2dOperation or LinearOperation or AddOperation or GroupNormOperation
                or BatchNorm2dOperation { UsesBatchStatistics: false } || MulLowering.IsScale(producer);
            if (!fits || producer!.Activation is not null || !producer.IsNative || !graph.HasOneReader(producer.Output)) continue;
            producer.FuseActivation(node.Operation);
            graph.Replace(node, producer);
        }
    }
}
