using System.Globalization;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;

namespace ResNetManaged.Models;

/// <summary>A module's parts and costs for one input shape, as torchinfo's <c>summary</c> prints them.</summary>
/// <remarks>
/// Counting rules: a row is one call of one module, in execution order. Multiply-adds of a row are, for each of its parameters, numel * N,
/// and in convolutions also times the output's height and width; ReLU, pooling and additions count nothing. Sizes are decimal, float32.
/// </remarks>
public sealed class ModelSummary
{
    private const int ShownDepthByDefault = 3;
    private const double BytesPerElement = sizeof(float);

    private ModelSummary(Module module, Shape inputShape, int depth)
    {
        InputShape = inputShape;
        Depth = depth;
        Graph graph = module.Trace(inputShape);
        Rows = BuildRows(graph);
        foreach (Parameter parameter in module.Parameters())
        {
            TotalParameters += parameter.Shape.ElementCount;
            if (parameter.RequiresGrad) TrainableParameters += parameter.Shape.ElementCount;
        }
        foreach (SummaryRow row in Rows.Where(row => row.IsLeaf))
        {
            MultiplyAdds += row.MultiplyAdds;
            if (row.ParameterCount == 0) continue;
            OutputBytes += row.OutputShape.ElementCount * BytesPerElement;
            if (!row.IsRepeated) ExecutedParameterBytes += row.ParameterCount * BytesPerElement;
        }
    }

    /// <summary>The shape of the input.</summary>
    internal Shape InputShape { get; }

    /// <summary>The depth to which rows are shown; the module itself is at depth 0.</summary>
    internal int Depth { get; }

    /// <summary>All parameters of the module, executed or not.</summary>
    public long TotalParameters { get; }

    /// <summary>The parameters that training changes.</summary>
    internal long TrainableParameters { get; }

    /// <summary>Multiply-adds of one forward pass, by the rules above.</summary>
    public long MultiplyAdds { get; }

    /// <summary>All rows, including those below <see cref="Depth"/>.</summary>
    internal IReadOnlyList<SummaryRow> Rows { get; }

    /// <summary>Bytes written by layers with parameters in one forward pass.</summary>
    internal double OutputBytes { get; }

    /// <summary>Bytes of parameters read in one forward pass.</summary>
    internal double ExecutedParameterBytes { get; }

    /// <summary>Summarizes a module. No weights are created and nothing is computed.</summary>
    /// <param name="module">The module.</param>
    /// <param name="inputShape">The shape of its input, <c>[N, C, H, W]</c>.</param>
    /// <param name="depth">The depth to which rows are shown; 3 by default.</param>
    /// <returns>The summary; print it with <see cref="ToString"/>.</returns>
    /// <exception cref="ShapeMismatchException">The module cannot take the shape; the message names the module path.</exception>
    public static ModelSummary Create(Module module, Shape inputShape, int depth = ShownDepthByDefault)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentOutOfRangeException.ThrowIfNegative(depth);
        return new ModelSummary(module, inputShape, depth);
    }

    /// <summary>The table exactly as torchinfo prints it, with a line feed after each line but the last.</summary>
    public override string ToString() => new SummaryTable(this).ToString();

    private static List<SummaryRow> BuildRows(Graph graph)
    {
        List<SummaryRow> rows = [];
        Dictionary<int, int> rowsAtDepth = [];
        HashSet<Module> seen = [];
        foreach (Graph.Scope call in graph.Calls)
        {
            Module module = (Module)call.Source;
            int index = rowsAtDepth[call.Depth] = rowsAtDepth.GetValueOrDefault(call.Depth) + 1;
            string title = call.Depth == 0
                ? module.TypeName
                : string.Create(CultureInfo.InvariantCulture, $"{module.TypeName}: {call.Depth}-{index}");
            rows.Add(new SummaryRow(title, call.Depth, module, call.OutputShape, IsRepeated: !seen.Add(module)));
        }
        return rows;
    }
}

/// <summary>One call of one module.</summary>
/// <param name="Title">Type, depth and index: <c>Conv2d: 3-6</c>.</param>
/// <param name="Depth">The number of enclosing calls.</param>
/// <param name="Module">The module.</param>
/// <param name="OutputShape">The shape it returned.</param>
/// <param name="IsRepeated">Whether the module was called before.</param>
internal sealed record SummaryRow(string Title, int Depth, Module Module, Shape OutputShape, bool IsRepeated)
{
    /// <summary>Whether the module has no modules below it.</summary>
    public bool IsLeaf => Module.NamedChildren().Count == 0;

    /// <summary>Elements of all parameters of the module and those below it.</summary>
    public long ParameterCount { get; } = Module.Parameters().Sum(parameter => (long)parameter.Shape.ElementCount);

    /// <summary>Multiply-adds of this call, for a leaf.</summary>
    public long MultiplyAdds => ParameterCount == 0
        ? 0
        : ParameterCount * OutputShape[0] * (Module.IsConvolution ? (long)OutputShape[2] * OutputShape[3] : 1);
}
