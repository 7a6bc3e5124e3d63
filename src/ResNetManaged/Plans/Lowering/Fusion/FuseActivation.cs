using ResNetManaged.Graphs.Operations;
using ResNetManaged.Graphs.Operations.Activations;

namespace ResNetManaged.Plans.Lowering.Fusion;

/// <summary>
/// Conv2d or Linear, then an elementwise function that maps 0 to 0: the function is applied to pixels that were just stored. The stem is excluded,
/// because its kernel pools what it computes.
/// </summary>
internal static class FuseActivation
{
    /// <summary>Fuses, after the algorithms have been chosen.</summary>
    public static void Apply(PlanGraph graph)
    {
        foreach (PlanNode node in graph.Nodes.ToArray())
        {
            if (node is not { Operation: ActivationOperation { KeepsZero: true }, IsNative: true }) continue;
            PlanNode? producer = graph.ProducerOf(node.Inputs[0]);
            bool fits = producer is { Operation: Conv2dOperation or LinearOperation, Activation: null, IsNative: true, IsQuantized: false }
                && producer.Choice?.Algorithm != ConvolutionAlgorithm.WinogradRows;
            if (!fits || !graph.HasOneReader(producer!.Output)) continue;
            producer.FuseActivation(node.Operation);
            graph.Replace(node, producer);
        }
    }
}
