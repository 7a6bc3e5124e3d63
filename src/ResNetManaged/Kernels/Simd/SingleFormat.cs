namespace ResNetManaged.Kernels.Simd;

/// <summary>The fields of a float32 (IEEE 754 binary32): sign, exponent, fraction.</summary>
internal static class SingleFormat
{
    /// <summary>1.5 * 2^23 + 127: its sum with an exponent ends in the bits that store the exponent, which has 127 added.</summary>
    public const float ExponentRounder = 12583039f;

    /// <summary>Bits below the exponent.</summary>
    public const int FractionBits = 23;

    /// <summary>1.5 * 2^23: the sum with a number of magnitude below 2^22 is rounded to an integer, which it ends in; its lowest byte is 0.</summary>
    public const float IntegerRounder = 12582912f;
}
