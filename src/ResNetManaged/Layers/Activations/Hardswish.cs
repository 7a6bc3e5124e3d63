using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations.Activations;

namespace ResNetManaged.Layers.Activations;

/// <summary>y = x * min(max(x + 3, 0), 6) / 6, element by element. NaN stays NaN.</summary>
/// <remarks>Howard et al. 2019, arXiv:1905.02244, section 5.2. Input of any shape, output of the same shape (<c>nn.Hardswish</c>).</remarks>
/// <param name="inplace">Accepted as in PyTorch, which does not print it. It has no effect, because memory is planned from the graph.</param>
public sealed class Hardswish(bool inplace = false) : Module
{
    /// <summary>The constructor's argument.</summary>
    internal bool Inplace { get; } = inplace;

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Apply(HardswishOperation.Instance);
}
