using System.CommandLine;

namespace ResNetManaged.Cli.Commands;

/// <summary>A command with its arguments and options.</summary>
/// <param name="name">What the user types.</param>
/// <param name="description">What it does, in one line.</param>
/// <param name="examples">Command lines for its help.</param>
internal abstract class CliCommand(string name, string description, params IReadOnlyList<string> examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples { get; } = examples;

    /// <summary>Runs the command.</summary>
    /// <returns>The exit code: <see cref="ExitCode"/>.</returns>
    public abstract int Run(ParseResult arguments, Session session);
}
