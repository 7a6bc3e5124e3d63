namespace ResNetManaged.Training;

/// <summary>Checks of settings; each returns the value.</summary>
internal static class Require
{
    public static int Positive(int value, string name) => value >= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, "The number must be at least 1.");

    public static TimeSpan Positive(TimeSpan value, string name) => value > TimeSpan.Zero
        ? value
        : throw new ArgumentOutOfRangeException(name, value, "The time must be positive.");

    public static double FiniteNotNegative(double value, string name) => value >= 0 && double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, "The number must be finite and at least 0.");

    public static double FinitePositive(double value, string name) => value > 0 && double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, "The number must be finite and greater than 0.");

    /// <summary>From 0 to 1.</summary>
    public static double Share(double value, string name) => value is >= 0 and <= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, "The number must be from 0 to 1.");

    /// <summary>At least 0 and below 1: the share of a moving average that an update keeps.</summary>
    public static double Decay(double value, string name) => value is >= 0 and < 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, "The number must be at least 0 and less than 1.");
}
