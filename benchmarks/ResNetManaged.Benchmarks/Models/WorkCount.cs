using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Convolution;

namespace ResNetManaged.Benchmarks.Models;

/// <summary>The multiply-adds in the definition of a network, whatever algorithm computes them.</summary>
internal static class WorkCount
{
    /// <summary>Convolutions and linear layers; everything else in a ResNet is hundreds of times less.</summary>
    public static long Of(Graph graph) => graph.Nodes.Sum(node => node.Operation switch
    {
        Conv2dOperation convolution => Of(convolution.Geometry(node.Inputs[0].Shape)),
        LinearOperation linear => (long)node.Output.Shape.ElementCount * linear.Weight.Shape[1],
        _ => 0,
    });

    /// <summary>One for each weight and output pixel, including those that fall on padding.</summary>
    public static long Of(in ConvGeometry geometry) => (long)geometry.OutputLength * geometry.Depth;
}
