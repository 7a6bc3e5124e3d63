namespace ResNetManaged.Plans.Execution;

/// <summary>The order of the backward pass; and, with recomputation, what runs forward again in it because it was not kept.</summary>
/// <remarks>
/// Gradient checkpointing: Chen et al. 2016, arXiv:1604.06174, section 4. The steps are cut into segments, behind each value that several steps read: in a
/// residual network there a block begins. What later segments read is kept. Everything else is dropped after the forward pass, and made again right before
/// the backward halves of its segment. The last segment, with the head in it, is not: its backward halves come at once.
/// </remarks>
internal static class BackwardPass
{
    /// <summary>All that runs behind the loss.</summary>
    /// <param name="steps">The program's steps, in the forward pass's order.</param>
    /// <param name="recompute">Whether segments are made again; otherwise everything is one segment.</param>
    public static List<TrainingHalf> Of(IReadOnlyList<TrainingStep> steps, bool recompute)
    {
        List<List<TrainingStep>> segments = recompute ? Segments(steps) : [[.. steps]];
        List<TrainingHalf> halves = [];
        HashSet<TrainingValue> crossing = []; // what later segments read
        for (int i = segments.Count - 1; i >= 0; i--)
        {
            if (i < segments.Count - 1) halves.AddRange(Dropped(segments[i], crossing).Select(step => new TrainingHalf(step, HalfKind.ForwardAgain)));
            halves.AddRange(segments[i].Where(step => step.Output.NeedsGradient).Reverse().Select(step => new TrainingHalf(step, HalfKind.Backward)));
            crossing.UnionWith(segments[i].SelectMany(step => step.Inputs));
        }
        return halves;
    }

    private static List<List<TrainingStep>> Segments(IReadOnlyList<TrainingStep> steps)
    {
        HashSet<TrainingValue> read = [], forks = [];
        foreach (TrainingValue value in steps.SelectMany(step => step.Inputs))
            if (!read.Add(value)) forks.Add(value);
        List<List<TrainingStep>> segments = [[]];
        foreach (TrainingStep step in steps)
        {
            segments[^1].Add(step);
            if (forks.Contains(step.Output)) segments.Add([]);
        }
        return segments;
    }

    /// <summary>The steps of a segment whose outputs its backward halves need, or what makes these, and that do not cross its border; in order.</summary>
    private static Stack<TrainingStep> Dropped(List<TrainingStep> segment, HashSet<TrainingValue> crossing)
    {
        HashSet<TrainingValue> needed = [.. segment.Where(step => step.Output.NeedsGradient).SelectMany(step => step.Kept)];
        Stack<TrainingStep> dropped = [];
        foreach (TrainingStep step in Enumerable.Reverse(segment))
        {
            if (!needed.Contains(step.Output) || crossing.Contains(step.Output)) continue;
            dropped.Push(step);
            needed.UnionWith(step.Inputs);
        }
        return dropped;
    }
}
