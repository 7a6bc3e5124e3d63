using ResNetManaged.Layers.State;
using ResNetManaged.Preprocessing;
using ResNetManaged.Pretrained;
using ResNetManaged.Serialization;
using ResNetManaged.Training;

namespace ResNetManaged.Cli.Errors;

/// <summary>Turns an exception into one line for the user, never a stack trace.</summary>
internal static class ErrorText
{
    private const int NamesListed = 5;

    /// <summary>
    /// The message on one line. An exception that no input can cause is a fault of this program: its line says so and asks for a report.
    /// </summary>
    public static string Describe(Exception exception) => exception switch
    {
        OutOfMemoryException => "not enough memory: this needs more than the machine, or its container's limit, has left; "
            + "use a smaller batch, smaller images or fewer threads",
        _ when IsExpected(exception) => OneLine(exception.Message),
        _ => $"resnet {ResNetCommandLine.Version} has a fault; please report it with this command line and the output of --verbose: "
            + $"{exception.GetType().Name}: {OneLine(exception.Message)}",
    };

    /// <summary>Why an image cannot be read or used, on one line and without its name.</summary>
    public static string ReasonOf(Exception exception) => exception is ImageException { Reason: string reason } ? OneLine(reason) : Describe(exception);

    /// <summary>Whether bad input can cause the exception, so that its message is written for the user.</summary>
    public static bool IsExpected(Exception exception) => exception is UsageException or CommandFailedException or IOException
        or UnauthorizedAccessException or CheckpointException or StateDictMismatchException or NpyFormatException or TrainingException or PretrainedException or OutOfMemoryException;

    /// <summary>The text with line breaks replaced by spaces; file names may contain them too.</summary>
    public static string OneLine(string text) =>
        string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The first few of several names, and how many more there are.</summary>
    public static string Listing(IReadOnlyList<string> names)
    {
        string first = string.Join(", ", names.Take(NamesListed).Select(name => $"'{name}'"));
        return names.Count <= NamesListed ? first : $"{first} and {names.Count - NamesListed} more";
    }
}
