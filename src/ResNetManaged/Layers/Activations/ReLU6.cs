using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations.Activations;

namespace ResNetManaged.Layers.Activations;

/// <summary>A rectified linear unit that stops at 6: y = min(max(x, 0), 6), element by element. NaN stays NaN.</summary>
/// <remarks>Input of any shape, output of the same shape (<c>nn.ReLU6</c>). At 0 and at 6 the gradient is 0.</remarks>
/// <param name="inplace">Only affects the printed description; memory is planned from the graph.</param>
public sealed class ReLU6(bool inplace = false) : Module
{
    /// <summary>Whether the printed description says <c>inplace=True</c>.</summary>
    internal bool Inplace { get; } = inplace;

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Apply(new ClipOperation(0f, 6f));

    /// <inheritdoc/>
    protected override string Describe() => Inplace ? "inplace=True" : "";
}
