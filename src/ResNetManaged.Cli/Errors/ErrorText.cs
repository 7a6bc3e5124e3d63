using System.Text.RegularExpressions;
using ResNetManaged.Layers.State;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Training;

namespace ResNetManaged.Cli.Errors;

/// <summary>How exceptions read on the command line.</summary>
internal static partial class ErrorText
{
    /// <summary>The message on one line, without what only a programmer needs.</summary>
    public static string Describe(Exception exception)
    {
        string message = OneLine(ParameterName().Replace(exception.Message, ""));
        return IsExpected(exception) ? message : $"unexpected {exception.GetType().Name}: {message}";
    }

    /// <summary>Why an image could not be read, on one line and without its name.</summary>
    public static string ReasonOf(Exception exception) => OneLine((exception as ImageException)?.Reason ?? Describe(exception));

    /// <summary>The text with its line breaks replaced: file names may hold them too.</summary>
    public static string OneLine(string text) =>
        string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The first of several names, and how many more there are.</summary>
    public static string Listing(IReadOnlyList<string> names)
    {
        const int Shown = 5;
        string first = string.Join(", ", names.Take(Shown).Select(name => $"'{name}'"));
        return names.Count <= Shown ? first : $"{first} and {names.Count - Shown} more";
    }

    /// <summary>What .NET puts behind the message of an <see cref="ArgumentException"/>, here or where it was passed on.</summary>
    [GeneratedRegex(@" \(Parameter '[^']*'\)")]
    private static partial Regex ParameterName();

    private static bool IsExpected(Exception exception) => exception is UsageException or InputException or IOException
        or UnauthorizedAccessException or FormatException or ArgumentException or CheckpointException or StateDictMismatchException or TrainingException
        or PlatformNotSupportedException or InvalidOperationException or OutOfMemoryException;
}
