using System.Runtime.CompilerServices;

namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>Checks of augmentations' settings.</summary>
internal static class AugmentationCheck
{
    public static void Probability(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(name, value, "A probability is between 0 and 1.");
    }

    /// <summary>An amount from 0 to a maximum.</summary>
    public static void Amount(double value, double maximum, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value >= 0 && value <= maximum))
            throw new ArgumentOutOfRangeException(name, value, FormattableString.Invariant($"Expected a number from 0 to {maximum}."));
    }

    /// <summary>A range of shares of an area: above 0, at most 1, in order.</summary>
    public static void Scale((double Min, double Max) value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value.Min > 0 && value.Min <= value.Max && value.Max <= 1))
            throw new ArgumentOutOfRangeException(name, value, "Expected shares of the area, 0 < Min <= Max <= 1.");
    }

    /// <summary>A range of width over height: above 0, in order.</summary>
    public static void Ratio((double Min, double Max) value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value.Min > 0 && value.Min <= value.Max && double.IsFinite(value.Max)))
            throw new ArgumentOutOfRangeException(name, value, "Expected ratios of the sides, 0 < Min <= Max.");
    }
}
