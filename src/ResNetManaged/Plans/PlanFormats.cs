using ResNetManaged.Kernels.Layout;
using ResNetManaged.Plans.Lowering;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans;

/// <summary>Gives every value a format and a layout, and inserts a change of layout wherever a reader needs another format.</summary>
internal static class PlanFormats
{
    /// <summary>Assigns formats, inserts conversions, and ends the graph in a value that is laid out as the caller wants it.</summary>
    public static void Apply(PlanGraph graph)
    {
        Dictionary<(PlanValue, Shape, ValueFormat, int), PlanValue> converted = [];
        Dictionary<PlanValue, PlanValue> aliases = []; // from the output of a node that neither computes nor moves anything to its input
        List<PlanNode> nodes = [];
        PlanValue Convert(PlanValue value, ValueFormat format, int blockSize, bool asArray = false)
        {
            Shape shape = value.Shape; // an alias has the same elements in another shape
            value = aliases.GetValueOrDefault(value, value);
            if (value.Format == format && (!asArray || (value != graph.Input && value.Shape == shape))) return value;
            if (value.Format != ValueFormat.Plain && format != ValueFormat.Plain) // row-major, images of one pixel and features are the same
                value = Convert(value, ValueFormat.Plain, blockSize);
            if (converted.TryGetValue((value, shape, format, blockSize), out PlanValue? known)) return known;
            PlanValue other = new(shape, value.Name, value.Type) { Key = value.Key };
            other.SetFormat(format, blockSize);
            nodes.Add(new PlanNode(LayoutLowering.Instance, value.Name, [value], other));
            return converted[(value, shape, format, blockSize)] = other;
        }

        foreach (PlanNode node in graph.Nodes)
        {
            OperationLowering lowering = node.Lowering;
            int blockSize = node.Inputs[0] == graph.Input ? lowering.InputBlockSize(node) : ChannelBlock.Size;
            for (int i = 0; i < node.Inputs.Length; i++)
                node.Inputs[i] = Convert(node.Inputs[i], lowering.Reads(node), blockSize, lowering.ReadsArrays);
            if (lowering.IsAlias)
            {
                aliases.Add(node.Output, node.Inputs[0]);
                continue;
            }
            if (node.Residual is not null) node.Residual = Convert(node.Residual, ValueFormat.Blocked, ChannelBlock.Size);
            node.Output.SetFormat(lowering.Makes(node, graph), lowering.OutputBlockSize(node));
            nodes.Add(node);
        }
        PlanValue last = aliases.GetValueOrDefault(graph.Output, graph.Output), result = new(graph.Output.Shape, "output", last.Type);
        nodes.Add(new PlanNode(LayoutLowering.Instance, "output", [last], result));
        graph.Output = result;
        graph.Nodes.Clear();
        graph.Nodes.AddRange(nodes);
        AddHalos(graph);
    }

    /// <summary>Gives every value the largest halo that any of its readers needs.</summary>
    private static void AddHalos(PlanGraph graph)
    {
        foreach (PlanNode node in graph.Nodes) node.Inputs[0].AddHalo(node.Lowering.InputHalo(node));
    }
}
