using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Plans.Training;

/// <summary>The largest difference between two float32 computations of a network's gradients, relative to a layer's largest gradient.</summary>
/// <remarks>
/// With random signs the error of a sum of K products grows like sqrt(K) roundings, and that of L consecutive, normalized sums like sqrt(L) times that. A
/// gradient passes through every layer twice, forward and back; the longest sum is over a kernel and channels, or over the pixels of all images.
/// </remarks>
internal static class TrainingTolerance
{
    /// <summary>The largest of many errors is four to five times their standard deviation, and both results have errors.</summary>
    private const double Allowance = 8;

    public static double Relative(Graph graph, Precision precision)
    {
        int layers = 0, longest = 1;
        foreach (Node node in graph.Nodes)
        {
            if (node.Operation is not (Conv2dOperation or LinearOperation)) continue;
            layers++;
            longest = Math.Max(longest, node.Operation is Conv2dOperation conv ? Longest(conv.Geometry(node.Inputs[0].Shape)) : Longest(node));
        }
        return Allowance * Math.Sqrt(2 * Math.Max(1, layers)) * Math.Sqrt(longest) * GoldenTensors.Growth(precision) * Close.UnitRoundoff;
    }

    private static int Longest(ConvGeometry conv) =>
        Math.Max(conv.Kernel.Area * Math.Max(conv.InChannels, conv.OutChannels) / conv.Groups, conv.Batch * conv.Output.Area);

    private static int Longest(Node linear) => Math.Max(linear.Inputs[0].Shape[1], Math.Max(linear.Output.Shape[1], linear.Output.Shape[0]));
}
