using ResNetManaged.Kernels.Elementwise.Activations;

namespace ResNetManaged.Graphs.Operations.Activations;

/// <summary>y = min(max(alpha x + beta, 0), 1), element by element: a hard sigmoid with any slope, as in ONNX.</summary>
/// <param name="alpha">The slope between 0 and 1.</param>
/// <param name="beta">y at 0, before it is clipped.</param>
internal sealed class ClippedLineOperation(float alpha, float beta) : ActivationOperation<ClippedLineFunction>(new ClippedLineFunction(alpha, beta))
{
    /// <inheritdoc/>
    public override string Name => "Hardsigmoid";
}
