namespace ResNetManaged.Plans;

/// <summary>Assigns memory to every value of an inference plan; values that are never needed at the same time may share it.</summary>
internal static class BufferPlanner
{
    /// <summary>Plans the arena.</summary>
    /// <param name="graph">The graph, with formats, layouts and conversions.</param>
    /// <param name="arenaBytes">The arena's size in bytes.</param>
    /// <param name="buffers">The number of elements in each buffer outside the arena.</param>
    public static void Apply(PlanGraph graph, out long arenaBytes, out int[] buffers)
    {
        graph.Input.Operand = new Operand(Place.Input);
        graph.Output.Operand = new Operand(Place.Output);
        List<int> lengths = [];
        Dictionary<PlanValue, ArenaBlock> arena = [];
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            PlanValue value = graph.Nodes[i].Output;
            if (value == graph.Output) continue;
            if (value.Format == ValueFormat.Plain)
            {
                value.Operand = new Operand(Place.Buffer, lengths.Count);
                lengths.Add(value.Length);
                continue;
            }
            ArenaBlock block = TakenOver(graph, i, arena) ?? new ArenaBlock(value.Bytes);
            block.UseAt(i);
            block.UseAt(LastUse(graph, i));
            arena.Add(value, block);
        }
        buffers = [.. lengths];
        arenaBytes = ArenaBlock.Arrange(arena.Values.Distinct());
        foreach ((PlanValue value, ArenaBlock block) in arena) value.Operand = new Operand(Place.Arena, block.Offset);
    }

    /// <summary>The block of an input that the node may overwrite, because it has the output's layout and nothing reads it afterwards; else null.</summary>
    private static ArenaBlock? TakenOver(PlanGraph graph, int index, Dictionary<PlanValue, ArenaBlock> arena)
    {
        PlanNode node = graph.Nodes[index];
        if (node.Lowering.RunsOver(node) is not { } input || !arena.TryGetValue(input, out ArenaBlock? block)) return null;
        bool isRead = node.Reads.Count(value => value == input) > 1 || LastUse(graph, graph.Nodes.IndexOf(graph.ProducerOf(input)!)) > index;
        return isRead || !input.Layout.Equals(node.Output.Layout) || input.Bytes != node.Output.Bytes ? null : block;
    }

    /// <summary>The last node that reads a node's output; the node itself if none does.</summary>
    private static int LastUse(PlanGraph graph, int index) =>
        Math.Max(index, graph.Nodes.FindLastIndex(node => node.Reads.Contains(graph.Nodes[index].Output)));
}
