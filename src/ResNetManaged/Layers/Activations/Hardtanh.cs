using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations.Activations;

namespace ResNetManaged.Layers.Activations;

/// <summary>Clips to a range: y = min(max(x, minVal), maxVal), element by element. NaN stays NaN.</summary>
/// <remarks>
/// Input of any shape, output of the same shape. At both ends of the range the gradient is 0. Defaults are those of <c>nn.Hardtanh</c>.
/// </remarks>
public sealed class Hardtanh : Module
{
    /// <summary>Creates the layer.</summary>
    /// <param name="minVal">The smallest output, rounded to float32.</param>
    /// <param name="maxVal">The largest output, rounded to float32.</param>
    /// <param name="inplace">Only affects the printed description; memory is planned from the graph.</param>
    /// <exception cref="ArgumentException">The range is empty: <paramref name="maxVal"/> is not greater than <paramref name="minVal"/>.</exception>
    public Hardtanh(double minVal = -1, double maxVal = 1, bool inplace = false)
    {
        if (!(maxVal > minVal))
            throw new ArgumentException(
                $"Hardtanh: max_val={PythonFormat.Float(maxVal)} is not greater than min_val={PythonFormat.Float(minVal)}.", nameof(maxVal));
        MinVal = minVal;
        MaxVal = maxVal;
        Inplace = inplace;
    }

    /// <summary>The smallest output.</summary>
    internal double MinVal { get; }

    /// <summary>The largest output.</summary>
    internal double MaxVal { get; }

    /// <summary>Whether the printed description says <c>inplace=True</c>.</summary>
    internal bool Inplace { get; }

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Apply(new ClipOperation((float)MinVal, (float)MaxVal));

    /// <inheritdoc/>
    protected override string Describe() =>
        $"min_val={PythonFormat.Float(MinVal)}, max_val={PythonFormat.Float(MaxVal)}{(Inplace ? ", inplace=True" : "")}";
}
