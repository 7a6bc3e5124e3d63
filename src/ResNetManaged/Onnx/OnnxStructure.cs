using ResNetManaged.Onnx.Loading;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Onnx.Tracing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx;

/// <summary>The parts of an ONNX graph that a network of images has: stages, features, and a head.</summary>
internal sealed class OnnxStructure
{
    /// <summary>Operators after the head that leave the order of classes alone.</summary>
    private static readonly HashSet<string> AfterHead =
        ["Add", "AveragePool", "Flatten", "GlobalAveragePool", "Identity", "ReduceMean", "Relu", "Reshape", "Squeeze"];

    private const int ImageNetClasses = 1000;

    private readonly Dictionary<string, int> _depths = [];

    private OnnxStructure()
    {
    }

    /// <summary>The values at which stages end.</summary>
    public required IReadOnlyList<string> Stages { get; init; }

    /// <summary>The value that the head reads; the output if there is no head.</summary>
    public required string Features { get; init; }

    public required int FeatureCount { get; init; }

    /// <summary>The node that computes the logits; null if there is none.</summary>
    public required OnnxNode? Head { get; init; }

    /// <summary>The number of classes; 0 if there is no head.</summary>
    public required int Classes { get; init; }

    /// <summary>Finds the parts of a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="tracer">A tracer that has run it.</param>
    /// <param name="input">The shape of the input for which it has.</param>
    public static OnnxStructure Of(OnnxProgram program, OnnxTracer tracer, Shape input)
    {
        OnnxNode? head = HeadOf(program, tracer);
        string features = head?.Inputs[0] ?? program.Output;
        List<string> stages = Cuts(program, tracer, features, input);
        OnnxStructure structure = new()
        {
            Stages = stages,
            Features = features,
            Head = head,
            FeatureCount = FeaturesOf(tracer.Known(features)!.Value),
            Classes = head is null ? 0 : FeaturesOf(tracer.Known(program.Output)!.Value),
        };
        int depth = 0, toHead = program.Nodes.ToList().FindIndex(node => node == head);
        for (int i = 0; i < program.Nodes.Count; i++)
        {
            OnnxNode node = program.Nodes[i];
            int ofNode = head is not null && i >= toHead ? stages.Count + 1 : Math.Min(depth, stages.Count);
            foreach (string name in node.Inputs.Select(program.NameOf)) structure._depths.TryAdd(name, ofNode);
            string mean = node is { Operator: "BatchNormalization", Inputs.Count: > 3 } ? program.NameOf(node.Inputs[3]) : "";
            if (structure._depths.TryGetValue(mean, out int ofMean)) structure._depths.TryAdd(OnnxParameters.CountOf(mean), ofMean);
            if (node.Outputs.Exists(stages.Contains)) depth = stages.IndexOf(node.Outputs.First(stages.Contains)) + 2;
            else if (depth == 0 && stages.Count > 0 && IsBelowStem(tracer, node, stages[0])) depth = 1;
        }
        return structure;
    }

    /// <summary>How far a tensor is from the input: 0 in the stem, i + 1 in stage i, one more in the head.</summary>
    public int DepthOf(string path)
    {
        for (string name = path; ; name = name[..name.LastIndexOf('.')])
        {
            if (_depths.TryGetValue(name, out int depth)) return depth;
            if (!name.Contains('.')) return 0;
        }
    }

    /// <summary>Whether a node's output has the size of the first stage's.</summary>
    private static bool IsBelowStem(OnnxTracer tracer, OnnxNode node, string stage) => tracer.Known(node.Outputs[0]) is { Rank: 4 } shape
        && tracer.Known(stage) is { Rank: 4 } end && shape[2] == end[2] && shape[3] == end[3];

    /// <summary>The length of a row; images are averaged to one.</summary>
    private static int FeaturesOf(Shape shape) => shape.Rank is 2 or 4 ? shape[1] : shape.ElementCount / Math.Max(1, shape[0]);

    /// <summary>
    /// The last layer that combines all features: a Gemm or a MatMul, a convolution of one pixel, or one to a map for each of ImageNet's classes,
    /// which are averaged. What follows must keep the classes apart.
    /// </summary>
    private static OnnxNode? HeadOf(OnnxProgram program, OnnxTracer tracer)
    {
        string name = program.Output;
        Dictionary<string, OnnxNode> producers = [];
        foreach (OnnxNode node in program.Nodes)
        {
            foreach (string made in node.Outputs) producers[made] = node;
        }
        while (producers.TryGetValue(name, out OnnxNode? node))
        {
            if (node.Operator is "Gemm" or "MatMul") return node.Inputs.Count > 1 && program.Constants.ContainsKey(node.Inputs[1]) ? node : null;
            if (node.Operator == "Conv")
            {
                bool isOfOnePixel = tracer.Known(node.Inputs[0]) is { Rank: 4 } input && input[2] * input[3] == 1;
                bool isOfClasses = tracer.Known(node.Outputs[0]) is { Rank: 4 } maps && maps[1] is ImageNetClasses or ImageNetClasses + 1;
                return isOfOnePixel || isOfClasses ? node : null;
            }
            if (!AfterHead.Contains(node.Operator)) return null;
            name = node.Inputs[0];
        }
        return null;
    }

    /// <summary>
    /// The last value of each size of images that alone leads on. Where those of small images are several, larger ones are the stem's.
    /// </summary>
    private static List<string> Cuts(OnnxProgram program, OnnxTracer tracer, string features, Shape input)
    {
        const int StemReduction = 4;
        Dictionary<string, int> lastRead = [];
        for (int i = 0; i < program.Nodes.Count; i++)
        {
            foreach (string name in program.Nodes[i].Inputs) lastRead[name] = i;
        }
        List<(Shape Shape, string Name)> cuts = [];
        int furthest = lastRead.GetValueOrDefault(program.Input.Name, -1);
        for (int i = 0; i < program.Nodes.Count; i++)
        {
            OnnxNode node = program.Nodes[i];
            string name = node.Outputs[0];
            bool isImages = tracer.Known(name) is { Rank: 4 } known && known[2] > 1 && known[3] > 1 && tracer.IsInOrder(name);
            if (isImages && furthest <= i && node.Outputs.Count == 1)
            {
                Shape shape = tracer.Known(name)!.Value;
                if (cuts.Count > 0 && cuts[^1].Shape[2] == shape[2] && cuts[^1].Shape[3] == shape[3]) cuts.RemoveAt(cuts.Count - 1);
                cuts.Add((shape, name));
            }
            foreach (string output in node.Outputs.Where(tracer.IsComputed)) furthest = Math.Max(furthest, lastRead.GetValueOrDefault(output, -1));
            if (name == features) break;
        }
        List<(Shape Shape, string Name)> small = cuts.FindAll(cut => cut.Shape[2] * StemReduction <= input[2]);
        return [.. (small.Count > 1 ? small : cuts).Select(cut => cut.Name)];
    }
}
