namespace ResNetManaged.Quantization;

/// <summary>How the range of an activation follows from its numbers in the calibration pictures.</summary>
public enum CalibrationMethod
{
    /// <summary>The range for which rounding and clipping have the least mean square error.</summary>
    MeanSquareError,

    /// <summary>From the smallest number to the largest.</summary>
    MinMax,

    /// <summary>The range that leaves out the outermost 0.01 % of the numbers on each side.</summary>
    Percentile,

    /// <summary>
    /// The range whose bytes are distributed most like the numbers, by the Kullback-Leibler divergence: S. Migacz, "8-bit inference with TensorRT", GTC 2017.
    /// </summary>
    Entropy,
}
