using ResNetManaged.Kernels.Elementwise.Activations;

namespace ResNetManaged.Graphs.Operations.Activations;

/// <summary>y = x * min(max(x + 3, 0), 6) / 6, element by element; see <see cref="Layers.Activations.Hardswish"/>.</summary>
internal sealed class HardswishOperation() : ActivationOperation<HardswishFunction>(default)
{
    /// <inheritdoc/>
    public override string Name => "Hardswish";

    internal static HardswishOperation Instance { get; } = new();
}
