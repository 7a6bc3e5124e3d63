using ResNetManaged.Graphs.Operations;

namespace ResNetManaged.Plans.Lowering.Fusion;

/// <summary>Conv2d, GroupNorm or a product that scales planes, then Add: whichever of the summands is computed last adds the other one before it stores its result.</summary>
internal static class FuseAdd
{
    public static void Apply(PlanGraph graph)
    {
        foreach (PlanNode node in graph.Nodes.ToArray())
        {
            if (node.Operation is not AddOperation || !node.CanExtend) continue;
            PlanNode? left = graph.ProducerOf(node.Inputs[0]), right = graph.ProducerOf(node.Inputs[1]);
            (PlanNode? last, PlanValue other) = graph.IndexOf(left) > graph.IndexOf(right) ? (left, node.Inputs[1]) : (right, node.Inputs[0]);
            bool fits = last is { CanExtend: true } && (last.Operation is Conv2dOperation or GroupNormOperation || MulLowering.IsScale(last));
            if (!fits || !graph.HasOneReader(last!.Output)) continue;
            last.Residual = other;
            last.Fuse(node.Operation);
            graph.Replace(node, last);
        }
    }
}
