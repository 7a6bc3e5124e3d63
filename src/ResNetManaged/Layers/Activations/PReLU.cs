using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations.Activations;
using ResNetManaged.Tensors;

namespace ResNetManaged.Layers.Activations;

/// <summary>A rectified linear unit whose slope below 0 is trained: y = x for x above 0, else weight * x. NaN stays NaN.</summary>
/// <remarks>
/// He et al. 2015, arXiv:1502.01852, section 2.1. With one parameter the input has any shape; with one for each channel it is <c>[N, numParameters, ...]</c>.
/// Output of the same shape. Defaults are those of <c>nn.PReLU</c>.
/// </remarks>
public sealed class PReLU : Module
{
    /// <summary>Creates the layer.</summary>
    /// <param name="numParameters">1 for one slope, or the number of channels.</param>
    /// <param name="init">The slope to start at.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="numParameters"/> is not positive.</exception>
    public PReLU(int numParameters = 1, double init = 0.25)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numParameters);
        NumParameters = numParameters;
        Weight = Register("weight", new Parameter([numParameters], (float)init));
    }

    /// <summary>1, or the number of channels.</summary>
    internal int NumParameters { get; }

    /// <summary>The slopes below 0, <c>[numParameters]</c>.</summary>
    public Parameter Weight { get; }

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Apply(new PreluOperation(Weight));

    /// <inheritdoc/>
    protected override string Describe() => $"num_parameters={NumParameters}";
}
