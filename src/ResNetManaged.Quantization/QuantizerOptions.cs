namespace ResNetManaged.Quantization;

/// <summary>How a network is quantized.</summary>
public sealed class QuantizerOptions
{
    /// <summary>How the ranges of activations are chosen; by default for the least square error.</summary>
    public CalibrationMethod Calibration { get; init; } = CalibrationMethod.MeanSquareError;

    /// <summary>How many bits weights and activations have; by default 7, and 8 where that matters.</summary>
    public QuantizedBits Bits { get; init; } = QuantizedBits.Auto;

    /// <summary>
    /// Whether the mean error that rounding the weights causes is removed from each output channel: Nagel et al. 2019, "Data-free quantization through weight
    /// equalization and bias correction", arXiv:1906.04721, section 4.2. True by default.
    /// </summary>
    public bool CorrectBias { get; init; } = true;

    /// <summary>Threads; null for <see cref="ExecutionOptions.Default"/>'s.</summary>
    public int? Threads { get; init; }
}

/// <summary>The number of bits of weights and activations.</summary>
public enum QuantizedBits
{
    /// <summary>7 bits, and 8 for the activations and weights whose error matters most: little more error than with 8 bits everywhere.</summary>
    Auto,

    /// <summary>7 and 7 bits everywhere but in the first layer: fastest, because four products can be summed in 16 bits.</summary>
    Seven,

    /// <summary>8 and 8 bits everywhere: most accurate.</summary>
    Eight,
}
