using ResNetManaged.Kernels.Elementwise.Activations;

namespace ResNetManaged.Graphs.Operations.Activations;

/// <summary>y = tanh(x), element by element.</summary>
internal sealed class TanhOperation() : ActivationOperation<TanhFunction>(default)
{
    /// <inheritdoc/>
    public override string Name => "Tanh";

    internal static TanhOperation Instance { get; } = new();
}
