namespace ResNetManaged.Plans;

/// <summary>Gives every value a place in memory; values that are never needed at the same time may share one.</summary>
internal static class BufferPlanner
{
    private const int Alignment = 16; // floats: a cache line

    /// <summary>Plans the arena.</summary>
    /// <param name="graph">The graph, with formats, layouts and conversions.</param>
    /// <param name="arenaLength">Floats that the arena takes.</param>
    /// <param name="buffers">Floats of each buffer that stands alone.</param>
    public static void Apply(PlanGraph graph, out int arenaLength, out int[] buffers)
    {
        graph.Input.Operand = new Operand(Place.Input);
        graph.Output.Operand = new Operand(Place.Output);
        List<int> lengths = [];
        List<Lifetime> arena = [];
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
            arena.Add(new Lifetime(value, i, last, (value.Length + Alignment - 1) / Alignment * Alignment));
        }
        buffers = [.. lengths];
        arenaLength = Arrange(arena);
    }

    /// <summary>The largest first, each at the lowest offset where nothing that lives at the same time is in the way.</summary>
    private static int Arrange(List<Lifetime> lifetimes)
    {
        List<(Lifetime Lifetime, int Offset)> placed = [];
        int end = 0;
        foreach (Lifetime lifetime in lifetimes.OrderByDescending(entry => entry.Length))
        {
            int offset = 0;
            foreach ((Lifetime other, int start) in placed.Where(entry => entry.Lifetime.Overlaps(lifetime)).OrderBy(entry => entry.Offset))
            {
                if (offset + lifetime.Length <= start) break;
                offset = Math.Max(offset, checked(start + other.Length));
            }
            placed.Add((lifetime, offset));
            lifetime.Value.Operand = new Operand(Place.Arena, offset);
            end = Math.Max(end, checked(offset + lifetime.Length));
        }
        return end;
    }

    /// <summary>The steps between which a value must be kept, both included.</summary>
    private readonly record struct Lifetime(PlanValue Value, int First, int Last, int Length)
    {
        public bool Overlaps(Lifetime other) => First <= other.Last && other.First <= Last;
    }
}
