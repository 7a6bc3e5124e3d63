using System.CommandLine;
using ResNetManaged.Cli.Commands;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Serialization.Dialects;

namespace ResNetManaged.Cli.Options;

/// <summary>The options that say what to read in a checkpoint: <c>--names</c> and <c>--ema</c>.</summary>
internal sealed class ReadingOptions
{
    private readonly Option<string?> _names = new("--names")
    {
        Description = "Rules for tensor names that are not known, a text file of lines 'pattern -> replacement'",
        HelpName = "RULES",
    };

    private readonly Option<bool> _average = new("--ema")
    {
        Description = "Read the moving average of the weights that a checkpoint holds beside them, or instead of them",
    };

    public IReadOnlyList<Option> All => [_names, _average];

    /// <summary>Whether an option is given.</summary>
    public bool AreGiven(ParseResult arguments) => All.Any(option => arguments.GetResult(option) is { Implicit: false });

    /// <summary>Adds the options.</summary>
    /// <param name="command">The command.</param>
    /// <param name="weights">The option that names the checkpoint; null if an argument does.</param>
    public void AddTo(CliCommand command, Option<string?>? weights = null)
    {
        if (weights is not null)
        {
            _names.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<string?>() is not null && result.GetValue(weights) is null)
                    result.AddError("--names needs --weights: it maps the names of a checkpoint's tensors");
            });
            _average.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<bool>() && result.GetValue(weights) is null)
                    result.AddError("--ema needs --weights: it chooses among the weights of a checkpoint");
            });
        }
        command.Add(_names);
        command.Add(_average);
    }

    /// <summary>How to read the checkpoint.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="variant">The network's name; null to infer it.</param>
    /// <exception cref="CommandFailedException">There is no file of rules.</exception>
    /// <exception cref="CheckpointException">A line of it is not a rule.</exception>
    public CheckpointOptions Read(ParseResult arguments, string? variant = null)
    {
        string? rules = arguments.GetValue(_names);
        if (rules is not null) InputFile.Require(rules);
        return new() { Variant = variant, Names = rules is null ? null : NameRules.Read(rules), Average = arguments.GetValue(_average) };
    }

    /// <summary>Says what the reader of the checkpoint had to choose.</summary>
    public static void Report(ImageNetwork model, Session session)
    {
        if (model.Origin is not { } origin) return;
        foreach (string note in origin.Notes) session.Warn($"'{ErrorText.OneLine(origin.File)}': {note}");
        if (origin.Dropped.Count > 0) session.Note($"{origin.File}: left out {string.Join(", ", origin.Dropped)}");
    }
}
