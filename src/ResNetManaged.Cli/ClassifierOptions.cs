using System.CommandLine;
using ResNetManaged.Models;

namespace ResNetManaged.Cli;

/// <summary>The options of a network that names what is on images: the network's own, and the names of its classes.</summary>
internal sealed class ClassifierOptions
{
    private readonly NetworkOptions _network = new();

    private readonly Option<string?> _classes = new("--classes")
    {
        Description = "The names of the classes, one a line in the order of the logits; by default those in the checkpoint",
        HelpName = "FILE",
    };

    public void AddTo(CliCommand command)
    {
        _network.AddTo(command);
        command.Add(_classes);
    }

    /// <summary>Loads the network, in evaluation mode, and the names; null where the option is not given.</summary>
    /// <exception cref="InputException">There are more names or fewer than classes, or the network takes no images.</exception>
    public (ResNet Model, IReadOnlyList<string>? Labels) Load(ParseResult arguments, Session session)
    {
        string? file = arguments.GetValue(_classes);
        if (file is not null) InputFile.Require(file);
        string[]? labels = file is null ? null : InputFile.ReadLines(file);
        ResNet model = _network.Load(arguments, session);
        if (labels is not null && labels.Length != model.Config.NumClasses)
            throw new InputException($"'{file}' has {labels.Length} lines; the model has {model.Config.NumClasses} classes");
        if (model.Config.InChannels != 3)
            throw new InputException($"{_network.NameOfWeights(arguments)} is of a network for {model.Config.InChannels} channels; images have 3");
        return (model, labels);
    }
}
