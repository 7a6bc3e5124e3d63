using ResNetManaged.Kernels.Elementwise.Activations;

namespace ResNetManaged.Graphs.Operations.Activations;

/// <summary>y = x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, element by element.</summary>
internal sealed class GeluTanhOperation() : ActivationOperation<GeluTanhFunction>(default)
{
    /// <inheritdoc/>
    public override string Name => "GELU (tanh)";

    internal static GeluTanhOperation Instance { get; } = new();
}
