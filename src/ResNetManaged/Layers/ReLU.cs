using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;

namespace ResNetManaged.Layers;

/// <summary>The rectified linear unit: y = max(x, 0), element by element. NaN stays NaN.</summary>
/// <param name="inplace">Only affects the printed description; memory is planned from the graph.</param>
public sealed class ReLU(bool inplace = false) : Module
{
    /// <summary>Whether the printed description says <c>inplace=True</c>.</summary>
    internal bool Inplace { get; } = inplace;

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Apply(ReluOperation.Instance);

    /// <inheritdoc/>
    protected override string Describe() => Inplace ? "inplace=True" : "";
}
