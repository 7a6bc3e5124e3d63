using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations.Activations;

namespace ResNetManaged.Layers.Activations;

/// <summary>A sigmoid of three straight lines: y = min(max(x + 3, 0), 6) / 6, element by element. NaN stays NaN.</summary>
/// <remarks>Howard et al. 2019, arXiv:1905.02244, section 5.2. Input of any shape, output of the same shape (<c>nn.Hardsigmoid</c>).</remarks>
/// <param name="inplace">Accepted as in PyTorch, which does not print it. It has no effect, because memory is planned from the graph.</param>
public sealed class Hardsigmoid(bool inplace = false) : Module
{
    /// <summary>The constructor's argument.</summary>
    internal bool Inplace { get; } = inplace;

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Apply(HardsigmoidOperation.Instance);
}
