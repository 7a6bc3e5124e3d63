using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations.Activations;

namespace ResNetManaged.Layers.Activations;

/// <summary>A rectified linear unit with a slope below 0: y = x for x above 0, else negativeSlope * x, element by element. NaN stays NaN.</summary>
/// <remarks>Input of any shape, output of the same shape. At 0 the gradient is the slope. Defaults are those of <c>nn.LeakyReLU</c>.</remarks>
/// <param name="negativeSlope">The slope below 0, rounded to float32.</param>
/// <param name="inplace">Only affects the printed description; memory is planned from the graph.</param>
public sealed class LeakyReLU(double negativeSlope = 0.01, bool inplace = false) : Module
{
    /// <summary>The slope below 0.</summary>
    internal double NegativeSlope { get; } = negativeSlope;

    /// <summary>Whether the printed description says <c>inplace=True</c>.</summary>
    internal bool Inplace { get; } = inplace;

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Apply(new LeakyReluOperation((float)NegativeSlope));

    /// <inheritdoc/>
    protected override string Describe() => $"negative_slope={PythonFormat.Float(NegativeSlope)}{(Inplace ? ", inplace=True" : "")}";
}
