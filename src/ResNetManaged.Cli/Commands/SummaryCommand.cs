using System.CommandLine;
using ResNetManaged.Cli.Options;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Tensors;

namespace ResNetManaged.Cli.Commands;

/// <summary>Prints torchinfo's table.</summary>
internal sealed class SummaryCommand : CliCommand
{
    private const int DefaultDepth = 3;

    private readonly Argument<ModelReference> _model = ModelReference.CreateArgument();

    private readonly Option<Shape?> _input = new("--input")
    {
        Description = "The input's shape; by default one image of the network's size, or what then reaches the module",
        HelpName = "N,C,H,W",
        CustomParser = ModelReference.ParseShape,
    };

    private readonly Option<int> _depth = new("--depth")
    {
        Description = "How deep the table goes",
        HelpName = "N",
        DefaultValueFactory = _ => DefaultDepth,
        CustomParser = OptionRules.AtLeast(0),
    };

    private readonly Option<int?> _numClasses = new("--num-classes")
    {
        Description = "The length of the logits; by default the network's own, 1000 or 10",
        HelpName = "N",
        CustomParser = OptionRules.OptionalAtLeast(1),
    };

    public SummaryCommand()
        : base("summary", "Print a network's layers, shapes, parameters and costs as torchinfo does.",
            "resnet summary textbook_resnet34 --input 10,3,224,224 --depth 1", "resnet summary resnet50.layer4.0")
    {
        Add(_model);
        Add(_input);
        Add(_depth);
        Add(_numClasses);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        ModelReference reference = arguments.GetRequiredValue(_model);
        (ResNet model, Module module) = reference.Create(arguments.GetValue(_numClasses));
        Shape input = arguments.GetValue(_input) ?? reference.InputShape(model);
        session.Out.WriteLine(ModelSummary.Create(module, input, arguments.GetValue(_depth)));
        return ExitCode.Done;
    }
}
