using ResNetManaged.Kernels.Elementwise.Activations;

namespace ResNetManaged.Graphs.Operations.Activations;

/// <summary>y = x Phi(x), with the normal distribution Phi, element by element.</summary>
internal sealed class GeluOperation() : ActivationOperation<GeluFunction>(default)
{
    /// <inheritdoc/>
    public override string Name => "GELU";

    internal static GeluOperation Instance { get; } = new();
}
