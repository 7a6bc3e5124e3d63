using System.Globalization;

namespace ResNetManaged.Layers;

/// <summary>Numbers and flags as Python prints them, for text that must equal PyTorch's.</summary>
internal static class PythonFormat
{
    /// <summary><c>repr(value)</c> of a setting, below 1e15: the shortest digits that round-trip, with an exponent below 1e-4.</summary>
    public static string Float(double value)
    {
        string digits = value.ToString("R", CultureInfo.InvariantCulture);
        int e = digits.IndexOf('E');
        if (e >= 0) return string.Create(CultureInfo.InvariantCulture, $"{digits.AsSpan(0, e)}e-{digits.AsSpan(e + 2)}");
        return digits.Contains('.') ? digits : digits + ".0";
    }

    /// <summary><c>True</c> or <c>False</c>.</summary>
    public static string Bool(bool value) => value ? "True" : "False";

    /// <summary><c>format(value, '.2f')</c>: to two decimals, ties to the even digit.</summary>
    public static string TwoDecimals(double value)
    {
        // Only multiples of 1/8 can lie exactly between two hundredths in binary; .NET rounds those away from zero.
        bool mayTie = Math.Floor(value * 8) == value * 8 && Math.Abs(value) < 1e15;
        return mayTie
            ? decimal.Round((decimal)value, 2, MidpointRounding.ToEven).ToString("F2", CultureInfo.InvariantCulture)
            : value.ToString("F2", CultureInfo.InvariantCulture);
    }
}
