using ResNetManaged.Graphs.Operations;

namespace ResNetManaged.Plans.Lowering.Fusion;

/// <summary>
/// BatchNorm2d or GroupNorm, then Add, then ReLU, for training: the norm that comes last adds the shortcut, which may have a norm too, and negative
/// results become 0 before they are stored.
/// </summary>
internal static class FuseNorms
{
    public static void Apply(PlanGraph graph)
    {
        foreach (PlanNode node in graph.Nodes.ToArray())
        {
            if (node.Operation is AddOperation) FuseAdd(graph, node);
            else if (node.Operation is ReluOperation) FuseRelu(graph, node);
        }
    }

    private static void FuseAdd(PlanGraph graph, PlanNode add)
    {
        PlanNode? left = graph.ProducerOf(add.Inputs[0]), right = graph.ProducerOf(add.Inputs[1]);
        (PlanNode? last, PlanNode? other, PlanValue shortcut) =
            graph.IndexOf(left) > graph.IndexOf(right) ? (left, right, add.Inputs[1]) : (right, left, add.Inputs[0]);
        if (!IsPlainNorm(graph, last)) return;
        if (last!.Gate is null && IsPlainNorm(graph, other) && other!.Gate is null && IsUsedOnce(graph, other.Operation!))
        {
            last.Residual = other.Inputs[0];
            last.Fuse(other.Operation!);
            graph.Nodes.Remove(other);
        }
        else
        {
            last.Residual = shortcut;
        }
        last.Fuse(add.Operation!);
        graph.Replace(add, last);
    }

    private static void FuseRelu(PlanGraph graph, PlanNode relu)
    {
        PlanNode? producer = graph.ProducerOf(relu.Inputs[0]);
        if (producer is not { Operation: BatchNorm2dOperation or GroupNormOperation or AddOperation, Activation: null } || !graph.HasOneReader(producer.Output)) return;
        producer.FuseActivation(relu.Operation!);
        graph.Replace(relu, producer);
    }

    private static bool IsPlainNorm(PlanGraph graph, PlanNode? node) =>
        node is { Operation: BatchNorm2dOperation or GroupNormOperation, CanExtend: true } && graph.HasOneReader(node.Output);

    /// <summary>Whether no other node updates a norm's running statistics, which depend on the order; a fused norm runs later than it was called.</summary>
    private static bool IsUsedOnce(PlanGraph graph, Operation norm) => norm is not BatchNorm2dOperation { RunningMean: { } mean }
        || graph.Nodes.Count(node => node.Operation is BatchNorm2dOperation other && other.RunningMean == mean) == 1;
}
