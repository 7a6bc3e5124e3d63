namespace ResNetManaged.Kernels.Simd;

/// <summary>The fields of a float32 (IEEE 754 binary32): sign, exponent, fraction.</summary>
internal static class SingleFormat
{
    /// <summary>What is added to an exponent before it is stored.</summary>
    public const int ExponentBias = 127;

    /// <summary>Bits below the exponent.</summary>
    public const int FractionBits = 23;
}
