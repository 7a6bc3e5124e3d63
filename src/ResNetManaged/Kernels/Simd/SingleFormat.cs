namespace ResNetManaged.Kernels.Simd;

/// <summary>The fields of a float32 (IEEE 754 binary32): sign, exponent, fraction.</summary>
internal static class SingleFormat
{
    /// <summary>1.5 * 2^23 + 127: its sum with an exponent ends in the bits that store the exponent, which has 127 added.</summary>
    public const float ExponentRounder = 12583039f;

    /// <summary>Bits below the exponent.</summary>
    public const int FractionBits = 23;
}
