namespace ResNetManaged.Quantization;

/// <summary>What quantization did to a layer.</summary>
public sealed class QuantizedLayer
{
    internal QuantizedLayer(string path, int activationBits, int weightBits, double signalToNoise) =>
        (Path, ActivationBits, WeightBits, SignalToNoise) = (path, activationBits, weightBits, signalToNoise);

    /// <summary>Its path in the network, such as <c>layer1.0.conv1</c>.</summary>
    public string Path { get; }

    /// <summary>The bits of its input: 7 or 8.</summary>
    public int ActivationBits { get; }

    /// <summary>The bits of its weights: 7 or 8.</summary>
    public int WeightBits { get; }

    /// <summary>
    /// The mean square of its output divided by that of the error which rounding its input, its weights and the shortcut that it adds causes, in decibels: an
    /// estimate that takes the errors for independent.
    /// </summary>
    public double SignalToNoise { get; }
}
