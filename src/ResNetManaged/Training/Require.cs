namespace ResNetManaged.Training;

/// <summary>The argument checks that several classes share; each gives the number back.</summary>
internal static class Require
{
    public static double FiniteNotNegative(double value, string name) => value >= 0 && double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, "The number must be finite and at least 0.");

    public static double FinitePositive(double value, string name) => value > 0 && double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, "The number must be finite and greater than 0.");

    /// <summary>From 0 to below 1, as what is kept of an average is.</summary>
    public static double Decay(double value, string name) => value is >= 0 and < 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, "The number must be at least 0 and less than 1.");
}
