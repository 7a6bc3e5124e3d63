namespace ResNetManaged.Cli.Errors;

/// <summary>The command line is wrong: an option is missing, contradicts another, or has a value that cannot work. Exit code 2.</summary>
/// <param name="message">Names the option or argument and says what was expected.</param>
internal sealed class UsageException(string message) : Exception(message);
