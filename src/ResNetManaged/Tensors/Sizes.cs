namespace ResNetManaged.Tensors;

/// <summary>Integer arithmetic on sizes.</summary>
internal static class Sizes
{
    /// <summary>value / divisor, rounded up.</summary>
    /// <param name="value">Greater than minus the divisor.</param>
    /// <param name="divisor">At least 1.</param>
    public static int CeilingDivide(int value, int divisor) => (int)(((uint)value + (uint)divisor - 1) / (uint)divisor); // in uint no sum overflows

    /// <inheritdoc cref="CeilingDivide(int, int)"/>
    public static long CeilingDivide(long value, long divisor) => (long)(((ulong)value + (ulong)divisor - 1) / (ulong)divisor);

    /// <summary>The smallest multiple of <paramref name="step"/> that is at least the value, which is not negative.</summary>
    /// <exception cref="OverflowException">It does not fit.</exception>
    public static int RoundUp(int value, int step) => checked(CeilingDivide(value, step) * step);

    /// <inheritdoc cref="RoundUp(int, int)"/>
    public static long RoundUp(long value, long step) => checked(CeilingDivide(value, step) * step);
}
