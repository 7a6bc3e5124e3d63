using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Layers;
using ResNetManaged.Onnx.Protobuf;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Writing;

/// <summary>Turns a module into an ONNX model.</summary>
internal static class OnnxExporter
{
    public const string InputName = "input", OutputName = "output";

    /// <summary>Composes the model of a module in evaluation mode.</summary>
    /// <param name="module">The module.</param>
    /// <param name="inputShape">The shape of the input; its first size is written as any number of images.</param>
    /// <param name="foldBatchNorm">Whether batch norms become part of the convolutions before them.</param>
    /// <param name="metadata">Metadata of the model.</param>
    public static ProtoWriter Compose(Module module, Shape inputShape, bool foldBatchNorm, IReadOnlyDictionary<string, string> metadata) =>
        Compose(module.Trace(inputShape), new OnnxGraphWriter { Metadata = metadata }, NamesOf(module), foldBatchNorm);

    /// <summary>Composes the model of a module without its parameters and buffers, whose values are elsewhere.</summary>
    public static ProtoWriter ComposeWithoutState(Module module, Shape inputShape)
    {
        Dictionary<StateTensor, string> names = NamesOf(module);
        return Compose(module.Trace(inputShape), new OnnxGraphWriter { LeftOut = names.Values.ToHashSet() }, names, foldBatchNorm: false);
    }

    /// <summary>The file of a graph as it is, with its number of images, for other programs to run.</summary>
    public static byte[] Write(Graph graph)
    {
        using MemoryStream file = new();
        Compose(graph, new OnnxGraphWriter { FixesBatch = true }, new Dictionary<StateTensor, string>(), foldBatchNorm: false).WriteTo(file);
        return file.ToArray();
    }

    /// <summary>Composes the model of a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="writer">What it is written with.</param>
    /// <param name="names">The names of parameters and buffers; others are named after their nodes.</param>
    /// <param name="foldBatchNorm">Whether batch norms become part of the convolutions before them.</param>
    public static ProtoWriter Compose(Graph graph, OnnxGraphWriter writer, IReadOnlyDictionary<StateTensor, string> names, bool foldBatchNorm)
    {
        foreach (string name in (IEnumerable<string>)[InputName, OutputName, .. names.Values]) writer.Reserve(name);
        Dictionary<Value, string> values = new() { [graph.Input] = InputName };
        HashSet<Node> folded = [];
        foreach (Node node in graph.Nodes)
        {
            if (folded.Contains(node)) continue;
            ExportCall call = new(node, [.. node.Inputs.Select(input => values[input])], writer, names);
            if (foldBatchNorm && node.Operation is Conv2dOperation
                && OnlyReader(graph, node) is { Operation: BatchNorm2dOperation { UsesBatchStatistics: false } norm } next)
            {
                folded.Add(next);
                values[next.Output] = OperationExports.Conv(call, norm);
            }
            else
            {
                values[node.Output] = OperationExports.Run(call);
            }
        }
        string version = typeof(OnnxExporter).Assembly.GetName().Version?.ToString(3) ?? "";
        int?[] Sizes(Shape shape) => [.. shape.Select((size, i) => i == 0 && !writer.FixesBatch ? null : (int?)size)];
        return writer.Compose((InputName, Sizes(graph.Input.Shape)), (values[graph.Output], OutputName, Sizes(graph.Output.Shape)),
            ("ResNetManaged", version));
    }

    private static Dictionary<StateTensor, string> NamesOf(Module module)
    {
        Dictionary<StateTensor, string> names = [];
        foreach ((string path, StateTensor tensor) in module.NamedState()) names.TryAdd(tensor, path);
        return names;
    }

    private static Node? OnlyReader(Graph graph, Node node)
    {
        if (node.Output == graph.Output) return null;
        Node[] readers = [.. graph.Nodes.Where(other => other.Inputs.Contains(node.Output))];
        return readers.Length == 1 ? readers[0] : null;
    }
}
