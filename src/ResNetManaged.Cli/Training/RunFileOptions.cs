using System.CommandLine;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Training;

namespace ResNetManaged.Cli.Training;

/// <summary>The options that say which files a run of training writes, or goes on with.</summary>
internal sealed class RunFileOptions(string output)
{
    public Option<string?> Output { get; } = new("--output") { Description = output, HelpName = "FILE" };

    public Option<string?> Resume { get; } = new("--resume")
    {
        Description = "Goes on with the run of this output, or of its last checkpoint, with the options it was begun with",
        HelpName = "FILE",
    };

    /// <summary>The file for the best weights, which can be written, and the last checkpoint of the run to go on with; null for a new run.</summary>
    /// <exception cref="UsageException">Neither is given, or they contradict each other.</exception>
    /// <exception cref="InputException">There is no such run, or a new one would overwrite a run that is not finished.</exception>
    public (string Output, string? Resumed) Files(ParseResult arguments)
    {
        string? given = arguments.GetValue(Output), resumed = arguments.GetValue(Resume) is string named ? LastCheckpoint(named) : null;
        string output = resumed is not null
            ? OutputOf(resumed, given)
            : given ?? throw new UsageException($"--output is missing: the file for the weights; see resnet {arguments.CommandResult.Command.Name} --help");
        InputFile.RequireWritable(output);
        if (resumed is null) RequireNoUnfinishedRun(output);
        return (output, resumed);
    }

    /// <summary>The checkpoint that is meant by its own name or by that of the output.</summary>
    private static string LastCheckpoint(string named)
    {
        if (named.Length == 0) throw new InputException("the name of the run to resume is empty");
        string beside = Trainer.LastCheckpointOf(named);
        if (File.Exists(beside)) return beside;
        InputFile.Require(named);
        return named;
    }

    private static string OutputOf(string resumed, string? given)
    {
        const string End = ".last.safetensors";
        if (!resumed.EndsWith(End, StringComparison.OrdinalIgnoreCase))
            throw new InputException($"'{resumed}' is not the last checkpoint of a run; its name would end in '{End}'");
        string output = given ?? resumed[..^End.Length] + ".safetensors";
        return Path.GetFullPath(Trainer.LastCheckpointOf(output)) == Path.GetFullPath(resumed)
            ? output
            : throw new UsageException($"--output '{given}' is not the run that --resume goes on with; leave it out");
    }

    private static void RequireNoUnfinishedRun(string output)
    {
        string last = Trainer.LastCheckpointOf(output);
        if (File.Exists(last) && Trainer.IsUnfinished(last))
            throw new InputException($"'{last}' holds a run that is not finished; go on with --resume, or delete it first");
    }
}
