using System.CommandLine;
using ResNetManaged.Cli.Options;

namespace ResNetManaged.Cli.Commands;

/// <summary>Prints a module as PyTorch does.</summary>
internal sealed class ShowCommand : CliCommand
{
    private readonly Argument<ModelReference> _model = ModelReference.CreateArgument();

    public ShowCommand()
        : base("show", "Print a network's modules as PyTorch does.", "resnet show resnet18", "resnet show textbook_resnet34.layer4_x") => Add(_model);

    public override int Run(ParseResult arguments, Session session)
    {
        session.Out.WriteLine(arguments.GetRequiredValue(_model).Create().Module);
        return ExitCode.Done;
    }
}
