using ResNetManaged.Graphs.Operations;
using ResNetManaged.Graphs.Operations.Channels;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering.Fusion;

/// <summary>
/// A 1x1 convolution, then global average pooling, as before squeeze-and-excitation: the mean is linear, so the convolution of the input's mean is
/// the mean of the convolution.
/// </summary>
/// <remarks>
/// Instead of the output, pooling reads the input, if that saves more than reading the weights once more costs. It rounds differently, so it is
/// not for exact precision.
/// </remarks>
internal static class PoolFirst
{
    public static void Apply(PlanGraph graph)
    {
        foreach (PlanNode pool in graph.Nodes.ToArray())
        {
            if (pool is not { Operation: AdaptiveAvgPool2dOperation, IsNative: true }) continue;
            PlanNode? producer = graph.ProducerOf(pool.Inputs[0]);
            if (producer is not { Operation: Conv2dOperation convolution, IsNative: true, CanExtend: true } || !SavesReading(convolution, producer.Output.Shape)) continue;
            bool isReadElsewhere = !graph.HasOneReader(producer.Output);
            Shape input = producer.Inputs[0].Shape;
            PlanValue mean = new([input[0], input[1], 1, 1], pool.Path);
            PlanNode means = new(pool.Operation, pool.Path, [producer.Inputs[0]], mean, pool.Purpose);
            PlanNode ofMean = new(convolution, pool.Path, [mean], pool.Output, pool.Purpose) { IsRepeated = isReadElsewhere };
            if (producer.Fused<BatchNorm2dOperation>() is { } norm) ofMean.Fuse(norm);
            if (producer.Fused<ScaleOperation>() is { } scale) ofMean.Fuse(scale);
            graph.Nodes[graph.IndexOf(pool)] = ofMean;
            graph.Nodes.Insert(graph.IndexOf(producer), means); // while its input is in the cache
            if (!isReadElsewhere) graph.Nodes.Remove(producer);
        }
    }

    private static bool SavesReading(Conv2dOperation convolution, Shape output)
    {
        Shape weight = convolution.Weight.Shape;
        bool isPointwise = weight[2] == 1 && weight[3] == 1 && convolution is { Stride: { Height: 1, Width: 1 }, Padding.IsNone: true, Groups: 1 };
        return isPointwise && (long)weight[0] * weight[1] < (long)(weight[0] - weight[1]) * output[2] * output[3];
    }
}
