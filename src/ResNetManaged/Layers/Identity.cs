using ResNetManaged.Graphs;

namespace ResNetManaged.Layers;

/// <summary>Returns its input.</summary>
public sealed class Identity : Module
{
    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input;
}
