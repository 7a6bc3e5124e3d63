namespace ResNetManaged.Plans;

/// <summary>What a training program does with a node at one point of its schedule.</summary>
internal enum HalfKind
{
    /// <summary>Its forward half.</summary>
    Forward,

    /// <summary>Its forward half again: the output is the same, and nothing else changes.</summary>
    ForwardAgain,

    /// <summary>Its backward half.</summary>
    Backward,
}

/// <summary>Half of a node, as a training program schedules it.</summary>
/// <param name="Node">The node.</param>
/// <param name="Kind">Which half.</param>
internal readonly record struct TrainingHalf(TrainingNode Node, HalfKind Kind);

/// <summary>The order of the backward pass, including the forward halves that run again because their outputs were not kept.</summary>
/// <remarks>
/// Gradient checkpointing: Chen et al. 2016, arXiv:1604.06174, section 4. A segment of nodes ends after each value that several nodes read: in a
/// residual network, a block begins there. What later segments read is kept. Everything else is dropped after the forward pass and computed again
/// right before the backward halves of its segment. The last segment, which contains the head, is not: its backward halves run first.
/// </remarks>
internal static class BackwardPass
{
    /// <summary>Everything that runs after the loss.</summary>
    /// <param name="nodes">The program's nodes, in the order of the forward pass.</param>
    /// <param name="recompute">Whether to compute segments again; if not, all nodes are one segment.</param>
    public static List<TrainingHalf> Of(IReadOnlyList<TrainingNode> nodes, bool recompute)
    {
        List<List<TrainingNode>> segments = recompute ? Segments(nodes) : [[.. nodes]];
        List<TrainingHalf> halves = [];
        HashSet<PlanValue> crossing = []; // what later segments read
        for (int i = segments.Count - 1; i >= 0; i--)
        {
            if (i < segments.Count - 1) halves.AddRange(Dropped(segments[i], crossing).Select(node => new TrainingHalf(node, HalfKind.ForwardAgain)));
            halves.AddRange(segments[i].Where(node => node.HasBackward).Reverse().Select(node => new TrainingHalf(node, HalfKind.Backward)));
            crossing.UnionWith(segments[i].SelectMany(node => node.Reads));
        }
        return halves;
    }

    private static List<List<TrainingNode>> Segments(IReadOnlyList<TrainingNode> nodes)
    {
        HashSet<PlanValue> read = [], forks = [];
        foreach (PlanValue value in nodes.SelectMany(node => node.Reads))
            if (!read.Add(value)) forks.Add(value);
        List<List<TrainingNode>> segments = [[]];
        foreach (TrainingNode node in nodes)
        {
            segments[^1].Add(node);
            if (forks.Contains(node.Output)) segments.Add([]);
        }
        return segments;
    }

    /// <summary>
    /// The nodes of a segment to run again, in order: those whose outputs its backward halves need, directly or through other nodes, unless later
    /// segments read them.
    /// </summary>
    private static Stack<TrainingNode> Dropped(List<TrainingNode> segment, HashSet<PlanValue> crossing)
    {
        HashSet<PlanValue> needed = [.. segment.Where(node => node.HasBackward).SelectMany(node => node.Keeps)];
        Stack<TrainingNode> dropped = [];
        foreach (TrainingNode node in Enumerable.Reverse(segment))
        {
            bool movesOnly = node.Node.Operation is null; // the input's change of layout: kept, since rereading the caller's rows is no cheaper
            if (!needed.Contains(node.Output) || crossing.Contains(node.Output) || movesOnly) continue;
            dropped.Push(node);
            needed.UnionWith(node.Reads);
        }
        return dropped;
    }
}
