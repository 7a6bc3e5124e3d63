using ResNetManaged.Graphs.Operations;

namespace ResNetManaged.Plans.Lowering.Fusion;

/// <summary>
/// The stem's convolution, then MaxPool2d: rows are pooled as soon as they are computed, and the large plane in between is never stored.
/// </summary>
internal static class FusePool
{
    public static void Apply(PlanGraph graph)
    {
        foreach (PlanNode node in graph.Nodes.ToArray())
        {
            if (node.Operation is not MaxPool2dOperation pool || pool.Dilation != 1 || pool.PadsWithZeros || !node.IsNative) continue;
            PlanNode? producer = graph.ProducerOf(node.Inputs[0]);
            if (producer?.Choice?.Algorithm != ConvolutionAlgorithm.WinogradRows || !graph.HasOneReader(producer.Output)) continue;
            producer.Fuse(pool);
            graph.Replace(node, producer);
        }
    }
}
