using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Layers.State;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Layers;

/// <summary>A 1-D convolution over channels instead of pixels: y[n, c] = sum over j of weight[j] x[n, c + j - kernelSize / 2].</summary>
/// <remarks>
/// Input and output <c>[N, C, 1, 1]</c>; channels outside count as 0. The layer of efficient channel attention (Wang et al. 2020, arXiv:1910.03151,
/// section 3.2); in PyTorch an <c>nn.Conv1d(1, 1, kernelSize)</c> without bias, on transposed features.
/// </remarks>
internal sealed class ChannelConv1d : Module
{
    /// <summary>Creates the layer.</summary>
    /// <param name="kernelSize">The number of channels that each output reads; odd.</param>
    /// <param name="generator">The source of the initial weights; null to seed randomly.</param>
    public ChannelConv1d(int kernelSize, TorchGenerator? generator = null)
    {
        if (kernelSize < 1 || kernelSize % 2 == 0)
            throw new ArgumentOutOfRangeException(nameof(kernelSize), kernelSize, "ChannelConv1d: the kernel size must be odd and positive.");
        Weight = Register("weight", new Parameter([1, 1, kernelSize], Initializers.UniformByFanIn(kernelSize), generator));
    }

    /// <summary>The kernel, <c>[1, 1, kernelSize]</c>.</summary>
    internal Parameter Weight { get; }

    internal override string TypeName => "Conv1d";

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Apply(new ChannelConvOperation(Weight));

    /// <inheritdoc/>
    protected override string Describe() =>
        $"1, 1, kernel_size=({Weight.Shape[2]},), stride=(1,), padding=({Weight.Shape[2] / 2},), bias=False";
}
