using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace ResNetManaged.Cli.Options;

/// <summary>Parsers that several options share. Each reports a bad value as a usage error that names the option.</summary>
internal static class OptionRules
{
    /// <summary>A whole number of at least <paramref name="minimum"/>.</summary>
    public static Func<ArgumentResult, int> AtLeast(int minimum) => Between(minimum, int.MaxValue);

    /// <summary>The same for an option without a default value.</summary>
    public static Func<ArgumentResult, int?> OptionalAtLeast(int minimum) => result => AtLeast(minimum)(result);

    /// <summary>A whole number from <paramref name="minimum"/> to <paramref name="maximum"/>.</summary>
    public static Func<ArgumentResult, int> Between(int minimum, int maximum) => result =>
        Parse<int>(result, NumberStyles.None, value => value >= minimum && value <= maximum,
            maximum == int.MaxValue ? (FormattableString)$"a whole number of at least {minimum}" : $"a whole number from {minimum} to {maximum}");

    /// <summary>A finite number of at least <paramref name="minimum"/> and at most <paramref name="maximum"/>.</summary>
    public static Func<ArgumentResult, double> AtLeast(double minimum, double maximum = double.MaxValue) => result =>
        ParseNumber(result, value => value >= minimum && value <= maximum,
            maximum == double.MaxValue ? (FormattableString)$"a number of at least {minimum}" : $"a number from {minimum} to {maximum}");

    /// <summary>A finite number above 0 and at most <paramref name="maximum"/>.</summary>
    public static Func<ArgumentResult, double> Positive(double maximum = double.MaxValue) => result =>
        ParseNumber(result, value => value > 0 && value <= maximum,
            maximum == double.MaxValue ? (FormattableString)$"a number above 0" : $"a number above 0 and at most {maximum}");

    /// <summary>A number of at least 0 and below 1.</summary>
    public static double BelowOne(ArgumentResult result) => ParseNumber(result, value => value is >= 0 and < 1, $"a number of at least 0 and below 1");

    /// <summary>A value of an enumeration by its name in lower case.</summary>
    public static Func<ArgumentResult, T> NameOf<T>() where T : struct, Enum => result =>
    {
        string text = result.Tokens[0].Value;
        foreach (T value in Enum.GetValues<T>())
        {
            if (NameOf(value) == text) return value;
        }
        result.AddError($"{OptionName(result)} '{text}' is unknown; expected {string.Join('|', Enum.GetValues<T>().Select(NameOf))}");
        return default;
    };

    /// <summary>The name of an enumeration's value on the command line.</summary>
    public static string NameOf<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>For an argument that takes paths: a value that looks like an option and names no file is a mistake.</summary>
    public static void RefuseUnknownOptions(ArgumentResult result)
    {
        Token? unknown = result.Tokens.FirstOrDefault(token => token.Value.Length > 1 && token.Value[0] == '-' && !Path.Exists(token.Value));
        if (unknown is not null) result.AddError($"there is no option '{unknown.Value}'");
    }

    private static double ParseNumber(ArgumentResult result, Predicate<double> isValid, FormattableString expected) =>
        Parse(result, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, isValid, expected);

    private static T Parse<T>(ArgumentResult result, NumberStyles styles, Predicate<T> isValid, FormattableString expected) where T : INumber<T>
    {
        string text = result.Tokens[0].Value;
        if (T.TryParse(text, styles, CultureInfo.InvariantCulture, out T? value) && T.IsFinite(value) && isValid(value)) return value;
        result.AddError($"{OptionName(result)} '{text}' is not {FormattableString.Invariant(expected)}");
        return T.Zero;
    }

    private static string OptionName(ArgumentResult result) => (result.Parent as OptionResult)?.Option.Name ?? result.Argument.Name;
}
