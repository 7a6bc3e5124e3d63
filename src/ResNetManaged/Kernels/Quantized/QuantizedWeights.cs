namespace ResNetManaged.Kernels.Quantized;

/// <summary>Weights as signed integers times a scale for each output channel.</summary>
internal static class QuantizedWeights
{
    /// <summary>The largest magnitude of 7 bits.</summary>
    public const int Max7Bits = 63;

    /// <summary>The largest magnitude of 8 bits; -128 is not used.</summary>
    public const int Max8Bits = 127;

    /// <summary>The integer that a weight is a multiple of the scale by, or the nearest one, ties to even.</summary>
    public static int Integer(float weight, float scale) => (int)Math.Clamp(Math.Round((double)weight / scale), -Max8Bits, Max8Bits);
}
