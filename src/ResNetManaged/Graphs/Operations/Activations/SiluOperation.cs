using ResNetManaged.Kernels.Elementwise.Activations;

namespace ResNetManaged.Graphs.Operations.Activations;

/// <summary>y = x / (1 + exp(-x)), element by element; see <see cref="Layers.Activations.SiLU"/>.</summary>
internal sealed class SiluOperation() : ActivationOperation<SiluFunction>(default)
{
    /// <inheritdoc/>
    public override string Name => "SiLU";

    internal static SiluOperation Instance { get; } = new();
}
