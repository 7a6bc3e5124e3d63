using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Tensors;

namespace ResNetManaged.Layers;

/// <summary>
/// Normalizes each group of channels of each image over its channels, H and W: y = weight * (x - mean) / sqrt(var + eps) + bias.
/// </summary>
/// <remarks>
/// Wu and He 2018, arXiv:1803.08494. Input and output <c>[N, numChannels, H, W]</c>. The variance is the biased one; training and evaluation mode
/// compute the same. Images do not depend on each other. Defaults are those of <c>nn.GroupNorm</c>. One group is layer norm over an image; one group
/// per channel is instance norm.
/// </remarks>
public sealed class GroupNorm : Module
{
    /// <summary>Creates the layer.</summary>
    /// <param name="numGroups">The number of groups of adjacent channels.</param>
    /// <param name="numChannels">Channels of the input; a multiple of <paramref name="numGroups"/>.</param>
    /// <param name="eps">Added to the variance to keep the division defined.</param>
    /// <param name="affine">Whether there are a weight and a bias.</param>
    /// <exception cref="ArgumentException">
    /// A number is not positive, <paramref name="eps"/> is negative, or the channels cannot be split into the groups.
    /// </exception>
    public GroupNorm(int numGroups, int numChannels, double eps = 1e-5, bool affine = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numGroups);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numChannels);
        ArgumentOutOfRangeException.ThrowIfNegative(eps);
        if (numChannels % numGroups != 0)
            throw new ArgumentException($"GroupNorm: {numChannels} channels cannot be split into {numGroups} groups.", nameof(numGroups));
        NumGroups = numGroups;
        NumChannels = numChannels;
        Eps = eps;
        if (affine)
        {
            Weight = Register("weight", new Parameter([numChannels], 1f));
            Bias = Register("bias", new Parameter([numChannels], 0f));
        }
    }

    /// <summary>The number of groups of adjacent channels.</summary>
    internal int NumGroups { get; }

    /// <summary>Channels of the input.</summary>
    internal int NumChannels { get; }

    /// <summary>Added to the variance.</summary>
    internal double Eps { get; }

    /// <summary>The scale of each channel, <c>[numChannels]</c>, 1 at first; null if the layer is not affine.</summary>
    public Parameter? Weight { get; }

    /// <summary>The shift of each channel, <c>[numChannels]</c>, 0 at first; null if the layer is not affine.</summary>
    public Parameter? Bias { get; }

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Apply(new GroupNormOperation(NumGroups, NumChannels, Weight, Bias, Eps));

    /// <inheritdoc/>
    protected override string Describe() =>
        $"{NumGroups}, {NumChannels}, eps={PythonFormat.Float(Eps)}, affine={PythonFormat.Bool(Weight is not null)}";
}
