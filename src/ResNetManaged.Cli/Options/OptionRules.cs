using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace ResNetManaged.Cli.Options;

/// <summary>Parsers that several options share.</summary>
internal static class OptionRules
{
    /// <summary>A whole number of at least <paramref name="minimum"/>.</summary>
    public static Func<ArgumentResult, int> AtLeast(int minimum) => result => Parse(result, minimum, NumberStyles.None, "a whole number");

    /// <summary>The same for an option that has no value of its own.</summary>
    public static Func<ArgumentResult, int?> OptionalAtLeast(int minimum) => result => AtLeast(minimum)(result);

    /// <summary>A value of an enumeration by its name, in lower case.</summary>
    public static Func<ArgumentResult, T> NameOf<T>() where T : struct, Enum => result =>
    {
        string text = result.Tokens[0].Value;
        foreach (T value in Enum.GetValues<T>())
        {
            if (NameOf(value) == text) return value;
        }
        string option = (result.Parent as OptionResult)?.Option.Name ?? result.Argument.Name;
        result.AddError($"{option} '{text}' is unknown; expected {string.Join('|', Enum.GetValues<T>().Select(NameOf))}");
        return default;
    };

    /// <summary>The name of an enumeration's value on the command line.</summary>
    public static string NameOf<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>For an argument that takes paths: what looks like an option and is no file is a mistake, not a path.</summary>
    public static void RefuseUnknownOptions(ArgumentResult result)
    {
        Token? unknown = result.Tokens.FirstOrDefault(token => token.Value.Length > 1 && token.Value[0] == '-' && !Path.Exists(token.Value));
        if (unknown is not null) result.AddError($"there is no option '{unknown.Value}'");
    }

    /// <summary>A finite number of at least <paramref name="minimum"/>.</summary>
    public static Func<ArgumentResult, double> AtLeast(double minimum) =>
        result => Parse(result, minimum, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, "a number");

    /// <summary>A finite number above 0.</summary>
    public static Func<ArgumentResult, double?> Positive() => result =>
    {
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) && value > 0) return value;
        result.AddError($"{(result.Parent as OptionResult)?.Option.Name} '{text}' is not a number above 0");
        return null;
    };

    private static T Parse<T>(ArgumentResult result, T minimum, NumberStyles styles, string expected) where T : INumber<T>
    {
        string text = result.Tokens[0].Value;
        if (T.TryParse(text, styles, CultureInfo.InvariantCulture, out T? value) && T.IsFinite(value) && value >= minimum) return value;
        string option = (result.Parent as OptionResult)?.Option.Name ?? result.Argument.Name;
        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option} '{text}' is not {expected} from {minimum} on"));
        return minimum;
    }
}
