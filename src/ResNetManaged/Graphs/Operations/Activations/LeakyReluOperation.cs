using ResNetManaged.Kernels.Elementwise.Activations;

namespace ResNetManaged.Graphs.Operations.Activations;

/// <summary>y = x for x above 0, else slope * x, element by element; see <see cref="Layers.Activations.LeakyReLU"/>.</summary>
/// <param name="slope">The slope below 0.</param>
internal sealed class LeakyReluOperation(float slope) : ActivationOperation<LeakyReluFunction>(new LeakyReluFunction(slope))
{
    /// <inheritdoc/>
    public override string Name => "LeakyReLU";
}
