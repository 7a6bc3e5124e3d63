using System.CommandLine;
using ResNetManaged.Cli.Commands;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Serialization.Dialects;

namespace ResNetManaged.Cli.Options;

/// <summary>The <c>--names</c> option, which maps the names of a checkpoint's tensors.</summary>
internal sealed class NameRuleOption
{
    private readonly Option<string?> _names = new("--names")
    {
        Description = "Rules for tensor names that are not known, a text file of lines 'pattern -> replacement'",
        HelpName = "RULES",
    };

    public Option Option => _names;

    /// <summary>Adds the option.</summary>
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
        }
        command.Add(_names);
    }

    /// <summary>Reads the rules; null without the option.</summary>
    /// <exception cref="CommandFailedException">There is no such file.</exception>
    /// <exception cref="CheckpointException">A line is not a rule.</exception>
    public NameRules? Read(ParseResult arguments)
    {
        if (arguments.GetValue(_names) is not string path) return null;
        InputFile.Require(path);
        return NameRules.Read(path);
    }

    /// <summary>Says what the reader of the checkpoint had to choose.</summary>
    public static void Report(ImageNetwork model, Session session)
    {
        if (model.Origin is not { } origin) return;
        foreach (string note in origin.Notes) session.Warn($"'{ErrorText.OneLine(origin.File)}': {note}");
        if (origin.Dropped.Count > 0) session.Note($"{origin.File}: left out {string.Join(", ", origin.Dropped)}");
    }
}
