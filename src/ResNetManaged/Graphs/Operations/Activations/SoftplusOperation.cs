using ResNetManaged.Kernels.Elementwise.Activations;

namespace ResNetManaged.Graphs.Operations.Activations;

/// <summary>y = ln(1 + exp(x)), element by element.</summary>
internal sealed class SoftplusOperation() : ActivationOperation<SoftplusFunction>(default)
{
    /// <inheritdoc/>
    public override string Name => "Softplus";

    internal static SoftplusOperation Instance { get; } = new();
}
