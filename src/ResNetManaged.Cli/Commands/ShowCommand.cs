using System.CommandLine;
using ResNetManaged.Cli.Options;
using ResNetManaged.Layers;

namespace ResNetManaged.Cli.Commands;

/// <summary>Prints a module as PyTorch does, and what a checkpoint holds.</summary>
internal sealed class ShowCommand : CliCommand
{
    private readonly NetworkArgument _network = new();

    public ShowCommand()
        : base("show", "Print a network's modules as PyTorch does, and what a checkpoint holds.",
            "resnet show resnet18", "resnet show textbook_resnet34.layer4_x", "resnet show resnet50.pth") => _network.AddTo(this);

    public override int Run(ParseResult arguments, Session session)
    {
        Module module = _network.Create(arguments, session).Module;
        session.Out.WriteLine(module);
        return ExitCode.Done;
    }
}
