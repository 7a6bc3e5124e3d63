using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations.Activations;

namespace ResNetManaged.Layers.Activations;

/// <summary>The sigmoid linear unit, also called swish: y = x * sigmoid(x), element by element. NaN stays NaN; minus infinity gives NaN.</summary>
/// <remarks>Elfwing, Uchibe and Doya 2017, arXiv:1702.03118. Input of any shape, output of the same shape (<c>nn.SiLU</c>).</remarks>
/// <param name="inplace">Only affects the printed description; memory is planned from the graph.</param>
public sealed class SiLU(bool inplace = false) : Module
{
    /// <summary>Whether the printed description says <c>inplace=True</c>.</summary>
    internal bool Inplace { get; } = inplace;

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Apply(SiluOperation.Instance);

    /// <inheritdoc/>
    protected override string Describe() => Inplace ? "inplace=True" : "";
}
