using System.CommandLine;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Training;

namespace ResNetManaged.Cli.Training;

/// <summary>The options for the files that a training run writes or resumes.</summary>
internal sealed class RunFileOptions(string output)
{
    public Option<string?> Output { get; } = new("--output") { Description = output, HelpName = "FILE" };

    public Option<string?> Resume { get; } = new("--resume")
    {
        Description = "Resume the run with this output, or with this last checkpoint, using the options it was started with",
        HelpName = "FILE",
    };

    /// <summary>The file for the best weights, checked to be writable, and the last checkpoint of the run to resume; null for a new run.</summary>
    /// <exception cref="UsageException">Neither option is given, or they contradict each other.</exception>
    /// <exception cref="CommandFailedException">There is no such run, or a new run would overwrite an unfinished one.</exception>
    public (string Output, string? Resumed) Files(ParseResult arguments)
    {
        string? given = arguments.GetValue(Output), resumed = arguments.GetValue(Resume) is string named ? LastCheckpoint(named) : null;
        string output = resumed is not null
            ? OutputOf(resumed, given)
            : given ?? throw new UsageException($"--output is missing; it names the file for the weights; see resnet {arguments.CommandResult.Command.Name} --help");
        InputFile.RequireWritable(output);
        if (resumed is null) RequireNoUnfinishedRun(output);
        return (output, resumed);
    }

    /// <summary>The checkpoint, given by its own name or by the output's.</summary>
    private static string LastCheckpoint(string named)
    {
        if (named.Length == 0) throw new CommandFailedException("the name of the run to resume is empty");
        string beside = Trainer.LastCheckpointOf(named);
        if (File.Exists(beside)) return beside;
        InputFile.Require(named);
        return named;
    }

    private static string OutputOf(string resumed, string? given)
    {
        const string End = ".last.safetensors";
        if (!resumed.EndsWith(End, StringComparison.OrdinalIgnoreCase))
            throw new CommandFailedException($"'{resumed}' is not the last checkpoint of a run, whose name ends in '{End}'");
        string output = given ?? resumed[..^End.Length] + ".safetensors";
        return Path.GetFullPath(Trainer.LastCheckpointOf(output)) == Path.GetFullPath(resumed)
            ? output
            : throw new UsageException($"--output '{given}' is not the output of the run that --resume names; leave it out");
    }

    private static void RequireNoUnfinishedRun(string output)
    {
        string last = Trainer.LastCheckpointOf(output);
        if (File.Exists(last) && Trainer.IsUnfinished(last))
            throw new CommandFailedException($"'{last}' holds an unfinished run; continue it with --resume, or delete the file first");
    }
}
