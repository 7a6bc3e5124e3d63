using System.CommandLine;

namespace ResNetManaged.Cli.Commands;

/// <summary>A command: its arguments and options, and what it does.</summary>
/// <param name="name">What the user types.</param>
/// <param name="description">What it does, in a line.</param>
/// <param name="examples">Whole command lines that its help shows.</param>
internal abstract class CliCommand(string name, string description, params IReadOnlyList<string> examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples { get; } = examples;

    /// <summary>Does it.</summary>
    /// <returns>The exit code: <see cref="ExitCode"/>.</returns>
    public abstract int Run(ParseResult arguments, Session session);
}
