using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Layers.Activations;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Models;

/// <summary>Scales each channel by a number in (0, 1) computed from the means of all channels: y = x sigmoid(fc2(relu(fc1(mean(x))))).</summary>
/// <remarks>
/// Hu et al. 2018, "Squeeze-and-Excitation Networks", arXiv:1709.01507, equations 2 to 4. Input and output <c>[N, channels, H, W]</c>. The two
/// fully connected layers are 1x1 convolutions named <c>fc1</c> and <c>fc2</c>, as in timm.
/// </remarks>
public sealed class SqueezeExcitation : Module
{
    private const int Divisor = 8; // timm rounds the squeezed channels to a multiple of this

    private readonly Module[] _gate;

    /// <summary>Creates the layer.</summary>
    /// <param name="channels">Channels of the input.</param>
    /// <param name="reduction">The ratio r of the paper: <c>fc1</c> returns channels / r, rounded to the nearest multiple of 8, at least 8.</param>
    /// <param name="generator">The source of the initial weights; null to seed randomly.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive.</exception>
    public SqueezeExcitation(int channels, int reduction = 16, TorchGenerator? generator = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(reduction);
        int squeezed = SqueezedChannels(channels, reduction);
        _gate =
        [
            Register("pool", new AdaptiveAvgPool2d(1)),
            Register("fc1", new Conv2d(channels, squeezed, 1, generator: generator)),
            Register("act", new ReLU(inplace: true)),
            Register("fc2", new Conv2d(squeezed, channels, 1, generator: generator)),
            Register("gate", new Sigmoid()),
        ];
    }

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input)
    {
        Value scale = input;
        foreach (Module module in _gate) scale = module.Forward(scale);
        return input * scale;
    }

    /// <summary>Channels between the two fully connected layers.</summary>
    internal static int SqueezedChannels(int channels, int reduction)
    {
        int rounded = (int)(channels / (double)reduction + Divisor / 2.0) / Divisor * Divisor;
        return Math.Max(Divisor, rounded);
    }
}
