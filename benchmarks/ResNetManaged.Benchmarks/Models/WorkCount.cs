using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Convolution;

namespace ResNetManaged.Benchmarks.Models;

/// <summary>Multiply-adds that the definition of a network asks for, whatever a faster algorithm makes of them.</summary>
internal static class WorkCount
{
    /// <summary>Convolutions and linear layers; what else a ResNet does is hundreds of times less.</summary>
    public static long Of(Graph graph) => graph.Nodes.Sum(node => node.Operation switch
    {
        Conv2dOperation convolution => Of(convolution.Geometry(node.Inputs[0].Shape)),
        LinearOperation linear => (long)node.Output.Shape.ElementCount * linear.Weight.Shape[1],
        _ => 0,
    });

    /// <summary>One for each weight and output pixel, those that fall on padding included.</summary>
    public static long Of(in ConvGeometry geometry) => (long)geometry.OutputLength * geometry.Depth;
}
