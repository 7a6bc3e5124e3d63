using System.CommandLine;
using ResNetManaged.Cli.Commands;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Serialization.Classes;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Cli.Options;

/// <summary>The <c>--classes</c> option, which names a network's classes.</summary>
internal sealed class ClassNames
{
    private const string ImageNet = "imagenet";

    private readonly Option<string?> _classes = new("--classes")
    {
        Description = "The names of the classes: a text file with one per line in the order of the logits, a JSON file, or imagenet; "
            + "by default those in the checkpoint",
        HelpName = "FILE|imagenet",
    };

    public Option Option => _classes;

    public void AddTo(CliCommand command) => command.Add(_classes);

    /// <summary>Checks that the file exists before any slow work.</summary>
    public void Require(ParseResult arguments)
    {
        if (arguments.GetValue(_classes) is string file and not ImageNet) InputFile.Require(file);
    }

    /// <summary>Gives the network the names in the file; without the option it keeps its own.</summary>
    /// <exception cref="CommandFailedException">The number of names is not the number of classes.</exception>
    /// <exception cref="CheckpointException">The file does not list names.</exception>
    public void NameClasses(ParseResult arguments, ImageNetwork model)
    {
        if (arguments.GetValue(_classes) is not string file) return;
        IReadOnlyList<string> names = file == ImageNet ? ImageNetClasses.Names : ClassFile.Read(file);
        if (names.Count != model.NumClasses)
            throw new CommandFailedException($"'{file}' has {Counted.Of(names.Count, "name")}; the model has {Counted.Classes(model.NumClasses)}");
        model.ClassNames = names;
    }
}
