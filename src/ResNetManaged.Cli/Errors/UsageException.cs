namespace ResNetManaged.Cli.Errors;

/// <summary>The command line is wrong: a missing or contradictory option, an unknown name. Exit code 2.</summary>
/// <param name="message">Names the option or argument and says what was expected.</param>
internal sealed class UsageException(string message) : Exception(message);
