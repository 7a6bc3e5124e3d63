using ResNetManaged.Kernels.Elementwise.Activations;

namespace ResNetManaged.Graphs.Operations.Activations;

/// <summary>y = x tanh(ln(1 + exp(x))), element by element.</summary>
internal sealed class MishOperation() : ActivationOperation<MishFunction>(default)
{
    /// <inheritdoc/>
    public override string Name => "Mish";

    internal static MishOperation Instance { get; } = new();
}
