namespace ResNetManaged.Plans;

/// <summary>Assigns memory to every value and gradient of a training program.</summary>
/// <remarks>
/// Time runs through all forward halves, the loss, and the <see cref="BackwardPass"/>. A value that a backward half reads keeps its place until then,
/// or is computed again in the same place; everything else shares the arena.
/// </remarks>
internal static class TrainingBuffers
{
    /// <summary>Plans the arena.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="backward">What runs after the loss.</param>
    /// <returns>The arena's size in bytes.</returns>
    public static long Apply(TrainingGraph graph, IReadOnlyList<TrainingHalf> backward)
    {
        graph.Input.Operand = new Operand(Place.Input);
        graph.Output.Operand = new Operand(Place.Output);
        graph.OutputGradient.Operand = new Operand(Place.OutputGradient);
        long offset = 0;
        foreach (PlanValue gradient in graph.InputGradients)
        {
            gradient.Operand = new Operand(Place.InputGradient, offset);
            offset = checked(offset + gradient.Bytes);
        }
        Dictionary<PlanValue, ArenaBlock> blocks = [];
        foreach (TrainingNode node in graph.Nodes)
        {
            BlockOf(node.Output, blocks);
            foreach (PlanValue gradient in node.OutputGradients) BlockOf(gradient, blocks);
        }
        int time = 0;
        foreach (TrainingNode node in graph.Nodes) UseAt(new TrainingHalf(node, HalfKind.Forward), ++time, blocks);
        time++; // the loss
        foreach (TrainingHalf half in backward) UseAt(half, ++time, blocks);
        long bytes = ArenaBlock.Arrange(blocks.Values);
        foreach ((PlanValue value, ArenaBlock block) in blocks) value.Operand = new Operand(Place.Arena, block.Offset);
        return bytes;
    }

    private static void UseAt(TrainingHalf half, int time, Dictionary<PlanValue, ArenaBlock> blocks)
    {
        if (half.Kind == HalfKind.Backward)
        {
            foreach (PlanValue value in half.Node.Keeps) BlockOf(value, blocks)?.UseAt(time);
            foreach (PlanValue gradient in half.Node.OutputGradients) BlockOf(gradient, blocks)?.UseAt(time);
            foreach (PlanValue? gradient in half.Node.Gives)
                if (gradient is not null) BlockOf(gradient, blocks)?.UseAt(time);
            return;
        }
        BlockOf(half.Node.Output, blocks)?.BeginAt(time);
        foreach (PlanValue value in half.Node.Reads) BlockOf(value, blocks)?.UseAt(time);
    }

    /// <summary>The block of a value in the arena; null for a value that is stored elsewhere.</summary>
    private static ArenaBlock? BlockOf(PlanValue value, Dictionary<PlanValue, ArenaBlock> blocks)
    {
        if (value.Operand.Place != Place.Arena) return null;
        if (!blocks.TryGetValue(value, out ArenaBlock? block)) blocks[value] = block = new ArenaBlock(value.Bytes);
        return block;
    }
}
