using ResNetManaged.Onnx.Model;

namespace ResNetManaged.Onnx.Loading;

/// <summary>
/// Puts nodes in an order in which each follows those whose outputs it reads, and leaves out those that the output does not depend on.
/// </summary>
internal static class NodeOrder
{
    /// <summary>Sorts the nodes.</summary>
    /// <param name="file">The file's name, for messages.</param>
    /// <param name="nodes">The nodes, in any order.</param>
    /// <param name="known">The names of the values that are given.</param>
    /// <param name="output">The name of the value that is wanted.</param>
    public static List<OnnxNode> Sort(string file, List<OnnxNode> nodes, HashSet<string> known, string output)
    {
        Dictionary<string, OnnxNode> producers = [];
        foreach (OnnxNode node in nodes)
        {
            foreach (string name in node.Outputs.Where(name => name.Length > 0))
            {
                if (known.Contains(name) || !producers.TryAdd(name, node))
                    throw OnnxErrors.Node(node, $"computes '{name}', which is there already", "expected each value once");
            }
        }
        List<OnnxNode> sorted = [];
        HashSet<OnnxNode> done = [], open = [];
        Stack<(OnnxNode Node, int Next)> stack = new();
        void Visit(string name, OnnxNode? reader)
        {
            if (name.Length == 0 || known.Contains(name)) return;
            if (!producers.TryGetValue(name, out OnnxNode? producer))
            {
                throw reader is null
                    ? OnnxErrors.Damaged(file, name, "is the output, and nothing computes it", "expected a node that does")
                    : OnnxErrors.Node(reader, $"reads '{name}', which nothing computes", "expected an input, an initializer or a node's output");
            }
            if (done.Contains(producer)) return;
            if (!open.Add(producer)) throw OnnxErrors.Node(producer, "depends on its own output", "expected a graph without cycles");
            stack.Push((producer, 0));
        }

        Visit(output, null);
        while (stack.TryPop(out (OnnxNode Node, int Next) top))
        {
            if (top.Next < top.Node.Inputs.Count)
            {
                stack.Push(top with { Next = top.Next + 1 });
                Visit(top.Node.Inputs[top.Next], top.Node);
                continue;
            }
            open.Remove(top.Node);
            done.Add(top.Node);
            sorted.Add(top.Node);
        }
        return sorted;
    }
}
