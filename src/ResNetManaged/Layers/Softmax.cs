using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;

namespace ResNetManaged.Layers;

/// <summary>Turns logits into probabilities: y = exp(x) / sum of exp(x) along one dimension.</summary>
/// <param name="dim">The dimension that sums to 1; negative counts from the end.</param>
public sealed class Softmax(int dim) : Module
{
    /// <summary>The dimension that sums to 1.</summary>
    internal int Dim { get; } = dim;

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Apply(new SoftmaxOperation(Dim, logarithm: false));

    /// <inheritdoc/>
    protected override string Describe() => $"dim={Dim}";
}
