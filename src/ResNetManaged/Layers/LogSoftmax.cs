using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;

namespace ResNetManaged.Layers;

/// <summary>The logarithm of <see cref="Softmax"/>, without its underflow: y = x - log(sum of exp(x)) along one dimension.</summary>
/// <param name="dim">The dimension whose exponentials sum to 1; negative counts from the end.</param>
internal sealed class LogSoftmax(int dim) : Module
{
    /// <summary>The dimension whose exponentials sum to 1.</summary>
    internal int Dim { get; } = dim;

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Apply(new SoftmaxOperation(Dim, logarithm: true));

    /// <inheritdoc/>
    protected override string Describe() => $"dim={Dim}";
}
