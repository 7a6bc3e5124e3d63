using System.Text;
using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Layers.State;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Layers;

/// <summary>A 2-D convolution (cross-correlation): y[n, o] = bias[o] + sum over i, kh, kw of weight[o, i, kh, kw] * x[n, i, ...].</summary>
/// <remarks>
/// Input <c>[N, inChannels, H, W]</c>, output <c>[N, outChannels, H', W']</c> with
/// H' = floor((H + padding above and below - dilation (kernel - 1) - 1) / stride) + 1. Defaults and initialization are those of <c>nn.Conv2d</c>.
/// </remarks>
public sealed class Conv2d : Module
{
    /// <summary>Creates the layer.</summary>
    /// <param name="inChannels">Channels of the input; a multiple of <paramref name="groups"/>.</param>
    /// <param name="outChannels">Channels of the output; a multiple of <paramref name="groups"/>.</param>
    /// <param name="kernelSize">Height and width of the kernel.</param>
    /// <param name="stride">The step between outputs; 1 by default.</param>
    /// <param name="padding">Zeros around each plane; opposite sides may differ; 0 by default.</param>
    /// <param name="dilation">The step between kernel taps; 1 by default.</param>
    /// <param name="groups">The number of independent convolutions that the channels are split into.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="generator">The source of the initial weights; null to seed randomly.</param>
    /// <exception cref="ArgumentException">A size is out of range, or the channels cannot be split into the groups.</exception>
    public Conv2d(int inChannels, int outChannels, Size2D kernelSize, Size2D? stride = null, Padding2D? padding = null, Size2D? dilation = null,
        int groups = 1, bool bias = true, TorchGenerator? generator = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inChannels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outChannels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(groups);
        if (inChannels % groups != 0 || outChannels % groups != 0)
        {
            throw new ArgumentException(
                $"Conv2d: {inChannels} input and {outChannels} output channels cannot be split into {groups} groups.", nameof(groups));
        }
        InChannels = inChannels;
        OutChannels = outChannels;
        KernelSize = Check.Positive(kernelSize, nameof(kernelSize));
        Stride = Check.Positive(stride ?? 1, nameof(stride));
        Padding = Check.NotNegative(padding ?? 0, nameof(padding));
        Dilation = Check.Positive(dilation ?? 1, nameof(dilation));
        Groups = groups;

        Func<Shape, TorchGenerator, Tensor> initializer = Initializers.UniformByFanIn(inChannels / groups * kernelSize.Area);
        Weight = Register("weight",
            new Parameter([outChannels, inChannels / groups, kernelSize.Height, kernelSize.Width], initializer, generator));
        if (bias) Bias = Register("bias", new Parameter([outChannels], initializer, generator));
    }

    /// <summary>Channels of the input.</summary>
    internal int InChannels { get; }

    /// <summary>Channels of the output.</summary>
    internal int OutChannels { get; }

    /// <summary>Height and width of the kernel.</summary>
    internal Size2D KernelSize { get; }

    /// <summary>The step between outputs.</summary>
    internal Size2D Stride { get; }

    /// <summary>Zeros around each plane.</summary>
    internal Padding2D Padding { get; }

    /// <summary>The step between kernel taps.</summary>
    internal Size2D Dilation { get; }

    /// <summary>The number of independent convolutions that the channels are split into.</summary>
    internal int Groups { get; }

    /// <summary>What is added to the variance when each output channel's weights are standardized before use; null if they are not.</summary>
    internal double? StandardizationEps { get; init; }

    internal override string TypeName => StandardizationEps is null ? nameof(Conv2d) : "StdConv2d";

    /// <summary>The kernels, <c>[outChannels, inChannels / groups, kH, kW]</c>.</summary>
    public Parameter Weight { get; }

    /// <summary>The bias, <c>[outChannels]</c>; null if there is none.</summary>
    public Parameter? Bias { get; }

    internal override bool IsConvolution => true;

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) =>
        input.Apply(new Conv2dOperation(Weight, Bias, Stride, Padding, Dilation, Groups) { StandardizationEps = StandardizationEps });

    /// <inheritdoc/>
    protected override string Describe()
    {
        StringBuilder text = new($"{InChannels}, {OutChannels}, kernel_size={KernelSize}, stride={Stride}");
        if (!Padding.IsNone) text.Append($", padding={Padding}");
        if (Dilation != 1) text.Append($", dilation={Dilation}");
        if (Groups != 1) text.Append($", groups={Groups}");
        if (Bias is null) text.Append(", bias=False");
        return text.ToString();
    }
}
