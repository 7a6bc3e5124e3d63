using ResNetManaged.Kernels.Elementwise.Activations;

namespace ResNetManaged.Graphs.Operations.Activations;

/// <summary>
/// y = min(max(x, smallest), largest), element by element; see <see cref="Layers.Activations.Hardtanh"/> and <see cref="Layers.Activations.ReLU6"/>.
/// </summary>
/// <param name="smallest">The smallest y.</param>
/// <param name="largest">The largest y.</param>
internal sealed class ClipOperation(float smallest, float largest) : ActivationOperation<ClipFunction>(new ClipFunction(smallest, largest))
{
    /// <inheritdoc/>
    public override string Name => "Clip";
}
