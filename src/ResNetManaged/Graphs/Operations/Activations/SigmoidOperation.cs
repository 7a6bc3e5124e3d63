using ResNetManaged.Kernels.Elementwise.Activations;

namespace ResNetManaged.Graphs.Operations.Activations;

/// <summary>y = 1 / (1 + exp(-x)), element by element; see <see cref="Layers.Activations.Sigmoid"/>.</summary>
internal sealed class SigmoidOperation() : ActivationOperation<SigmoidFunction>(default)
{
    /// <inheritdoc/>
    public override string Name => "Sigmoid";

    internal static SigmoidOperation Instance { get; } = new();
}
