using ResNetManaged.Graphs;

namespace ResNetManaged.Layers;

/// <summary>Joins the dimensions from <paramref name="startDim"/> to <paramref name="endDim"/> into one: [N, C, H, W] becomes [N, C H W].</summary>
/// <param name="startDim">The first dimension to join; negative counts from the end.</param>
/// <param name="endDim">The last dimension to join; negative counts from the end.</param>
public sealed class Flatten(int startDim = 1, int endDim = -1) : Module
{
    /// <summary>The first dimension to join.</summary>
    internal int StartDim { get; } = startDim;

    /// <summary>The last dimension to join.</summary>
    internal int EndDim { get; } = endDim;

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Flatten(StartDim, EndDim);

    /// <inheritdoc/>
    protected override string Describe() => $"start_dim={StartDim}, end_dim={EndDim}";
}
