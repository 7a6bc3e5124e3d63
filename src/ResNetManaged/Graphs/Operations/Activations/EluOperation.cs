using ResNetManaged.Kernels.Elementwise.Activations;

namespace ResNetManaged.Graphs.Operations.Activations;

/// <summary>y = x for x above 0, else alpha (exp(x) - 1), element by element.</summary>
/// <param name="alpha">The negative of the limit below 0.</param>
internal sealed class EluOperation(float alpha) : ActivationOperation<EluFunction>(new EluFunction(alpha))
{
    /// <inheritdoc/>
    public override string Name => "ELU";
}
