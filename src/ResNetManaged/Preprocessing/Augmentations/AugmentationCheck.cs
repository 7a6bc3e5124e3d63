using System.Runtime.CompilerServices;

namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>Validates the settings of augmentations.</summary>
internal static class AugmentationCheck
{
    public static void Probability(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(name, value, "Expected a probability from 0 to 1.");
    }

    /// <summary>Throws unless the amount is from 0 to the maximum.</summary>
    public static void Amount(double value, double maximum, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value >= 0 && value <= maximum))
            throw new ArgumentOutOfRangeException(name, value, FormattableString.Invariant($"Expected a number from 0 to {maximum}."));
    }

    /// <summary>Throws unless the range of area fractions is above 0, at most 1, and in order.</summary>
    public static void Scale((double Min, double Max) value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value.Min > 0 && value.Min <= value.Max && value.Max <= 1))
            throw new ArgumentOutOfRangeException(name, value, "Expected fractions of the area, 0 < Min <= Max <= 1.");
    }

    /// <summary>Throws unless the range of aspect ratios is above 0, finite, and in order.</summary>
    public static void Ratio((double Min, double Max) value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value.Min > 0 && value.Min <= value.Max && double.IsFinite(value.Max)))
            throw new ArgumentOutOfRangeException(name, value, "Expected finite aspect ratios, 0 < Min <= Max.");
    }
}
