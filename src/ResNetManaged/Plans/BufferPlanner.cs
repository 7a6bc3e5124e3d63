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
        List<(PlanValue Value, ArenaBlock Block)> arena = [];
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
            int last = Math.Max(i, graph.Nodes.FindLastIndex(node => node.Reads.Contains(value)));
            ArenaBlock block = new(value.Bytes);
            block.UseAt(i);
            block.UseAt(last);
            arena.Add((value, block));
        }
        buffers = [.. lengths];
        arenaBytes = ArenaBlock.Arrange(arena.Select(entry => entry.Block));
        foreach ((PlanValue value, ArenaBlock block) in arena) value.Operand = new Operand(Place.Arena, block.Offset);
    }
}
