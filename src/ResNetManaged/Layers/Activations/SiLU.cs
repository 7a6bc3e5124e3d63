using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations.Activations;

namespace ResNetManaged.Layers.Activations;

/// <summary>The sigmoid linear unit, also called swish: y = x * sigmoid(x), element by element. NaN stays NaN; minus infinity gives NaN.</summary>
/// <remarks>Elfwing, Uchibe and Doya 2017, arXiv:1702.03118. Input of any shape, output of the same (<c>nn.SiLU</c>).</remarks>
/// <param name="inplace">What PyTorch's print shows. Memory is planned from the graph, so it changes nothing else.</param>
public sealed class SiLU(bool inplace = false) : Module
{
    /// <summary>Whether the print says <c>inplace=True</c>.</summary>
    public bool Inplace { get; } = inplace;

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Apply(SiluOperation.Instance);

    /// <inheritdoc/>
    protected override string Describe() => Inplace ? "inplace=True" : "";
}
