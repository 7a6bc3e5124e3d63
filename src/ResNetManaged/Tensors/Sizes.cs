namespace ResNetManaged.Tensors;

/// <summary>Integer arithmetic on sizes.</summary>
internal static class Sizes
{
    /// <summary>value / divisor, rounded up. The value must exceed minus the divisor, which is positive.</summary>
    /// <exception cref="OverflowException">Their sum does not fit an integer.</exception>
    public static int CeilingDivide(int value, int divisor) => checked(value + divisor - 1) / divisor;

    /// <inheritdoc cref="CeilingDivide(int, int)"/>
    public static long CeilingDivide(long value, long divisor) => checked(value + divisor - 1) / divisor;

    /// <summary>The least multiple of <paramref name="step"/> that is not below the value.</summary>
    /// <exception cref="OverflowException">It does not fit an integer.</exception>
    public static int RoundUp(int value, int step) => checked(CeilingDivide(value, step) * step);

    /// <inheritdoc cref="RoundUp(int, int)"/>
    public static long RoundUp(long value, long step) => checked(CeilingDivide(value, step) * step);
}
