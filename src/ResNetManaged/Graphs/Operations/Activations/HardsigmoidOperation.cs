using ResNetManaged.Kernels.Elementwise.Activations;

namespace ResNetManaged.Graphs.Operations.Activations;

/// <summary>y = min(max(x + 3, 0), 6) / 6, element by element; see <see cref="Layers.Activations.Hardsigmoid"/>.</summary>
internal sealed class HardsigmoidOperation() : ActivationOperation<HardsigmoidFunction>(default)
{
    /// <inheritdoc/>
    public override string Name => "Hardsigmoid";

    internal static HardsigmoidOperation Instance { get; } = new();
}
