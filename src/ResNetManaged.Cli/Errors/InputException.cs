namespace ResNetManaged.Cli.Errors;

/// <summary>A file cannot be used, or its content does not fit the command. Exit code 1.</summary>
/// <param name="message">Names the file and the reason.</param>
/// <param name="innerException">The cause, if there is one.</param>
internal sealed class InputException(string message, Exception? innerException = null) : Exception(message, innerException);
