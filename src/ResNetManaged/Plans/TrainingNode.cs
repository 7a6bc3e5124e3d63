namespace ResNetManaged.Plans;

/// <summary>A node of a graph that is compiled for training, with the gradients that its backward half reads and writes.</summary>
/// <param name="node">The node, with its formats and layouts.</param>
/// <param name="gives">The gradient it writes for each value it reads; null if not wanted.</param>
/// <param name="outputGradients">The gradients that the readers of its output write, in the readers' order; none if none is wanted.</param>
internal sealed class TrainingNode(PlanNode node, PlanValue?[] gives, PlanValue[] outputGradients)
{
    public PlanNode Node { get; } = node;

    /// <summary>The values that the forward half reads.</summary>
    public PlanValue[] Reads { get; } = [.. node.Reads];

    public PlanValue Output => Node.Output;

    /// <summary>The gradients that the backward half writes.</summary>
    public PlanValue?[] Gives { get; } = gives;

    /// <summary>The gradients of the output that the backward half reads: one, or two if it sums them.</summary>
    public PlanValue[] OutputGradients { get; } = outputGradients;

    /// <summary>The values of the forward pass that the backward half reads again.</summary>
    public PlanValue[] Keeps { get; } = [.. node.Lowering.Keeps(node)];

    /// <summary>Whether there is a backward half.</summary>
    public bool HasBackward => OutputGradients.Length > 0;

    public override string ToString() => Node.ToString();
}
