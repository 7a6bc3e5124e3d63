using System.CommandLine;
using ResNetManaged.Cli.Commands;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Serialization;

namespace ResNetManaged.Cli.Training;

/// <summary>Options that a run's checkpoints keep, so that they need not be given again to resume it.</summary>
internal sealed class SavedOptions(params IReadOnlyList<Option> options)
{
    private const string Prefix = "option.";

    /// <summary>The options that were given.</summary>
    public IEnumerable<(string Name, string Value)> Given(ParseResult arguments)
    {
        foreach (Option option in options)
        {
            if (arguments.GetResult(option) is { Implicit: false } given) yield return (option.Name, given.Tokens.Count > 0 ? given.Tokens[0].Value : "true");
        }
    }

    /// <summary>The options that were given, as a checkpoint's metadata.</summary>
    public Dictionary<string, string> Of(ParseResult arguments) => Given(arguments).ToDictionary(option => Prefix + option.Name, option => option.Value);

    /// <summary>Rejects options that differ from those with which a checkpoint's run was started.</summary>
    /// <exception cref="CheckpointException">The file is damaged.</exception>
    /// <exception cref="UsageException">An option differs.</exception>
    public void RequireUnchanged(ParseResult arguments, string checkpoint)
    {
        Dictionary<string, string> saved = Read(checkpoint);
        foreach ((string name, string value) in Given(arguments))
        {
            string begun = saved.TryGetValue(Prefix + name, out string? text) ? $"with {name} '{ErrorText.OneLine(text)}'" : $"without {name}";
            if (text != value) throw new UsageException($"{name} '{value}' was given; the run of '{checkpoint}' was started {begun}");
        }
    }

    /// <summary>The command line, completed with the options with which a checkpoint's run was started.</summary>
    /// <exception cref="CheckpointException">The file is damaged.</exception>
    /// <exception cref="UsageException">The file holds an invalid option.</exception>
    public ParseResult AddTo(CliCommand command, ParseResult arguments, string data, string checkpoint)
    {
        Dictionary<string, string> values = Read(checkpoint);
        foreach ((string name, string value) in Given(arguments)) values[Prefix + name] = value;
        List<string> line = [data];
        foreach (Option option in options)
        {
            if (values.TryGetValue(Prefix + option.Name, out string? value)) line.Add($"{option.Name}={value}");
        }
        ParseResult all = command.Parse(line);
        return all.Errors.Count == 0 ? all : throw new UsageException($"'{checkpoint}': {ErrorText.OneLine(all.Errors[0].Message)}");
    }

    private static Dictionary<string, string> Read(string checkpoint) => new(Safetensors.ReadMetadata(checkpoint) ?? new Dictionary<string, string>());
}
