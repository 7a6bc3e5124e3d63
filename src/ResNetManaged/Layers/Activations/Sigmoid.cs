using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations.Activations;

namespace ResNetManaged.Layers.Activations;

/// <summary>The logistic function: y = 1 / (1 + exp(-x)), element by element, between 0 and 1. NaN stays NaN.</summary>
/// <remarks>Input of any shape, output of the same shape (<c>nn.Sigmoid</c>).</remarks>
public sealed class Sigmoid : Module
{
    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Apply(SigmoidOperation.Instance);
}
