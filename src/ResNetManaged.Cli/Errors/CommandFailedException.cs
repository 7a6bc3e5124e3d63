namespace ResNetManaged.Cli.Errors;

/// <summary>The command cannot do its work with the files or the machine it has. Exit code 1.</summary>
/// <param name="message">Names the file or resource, what it is, and what was expected.</param>
/// <param name="innerException">The cause; null if the command itself noticed.</param>
internal sealed class CommandFailedException(string message, Exception? innerException = null) : Exception(message, innerException);
