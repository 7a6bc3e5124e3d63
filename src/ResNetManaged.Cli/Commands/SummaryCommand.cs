using System.CommandLine;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Cli.Options;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Tensors;

namespace ResNetManaged.Cli.Commands;

/// <summary>Prints a network's table as torchinfo does.</summary>
internal sealed class SummaryCommand : CliCommand
{
    private const int DefaultDepth = 3;
    private const int MostClasses = 1_000_000; // so that the largest head, 2048 features per class, still fits in an array

    private readonly NetworkArgument _network = new();

    private readonly Option<Shape?> _input = new("--input")
    {
        Description = "The input's shape; by default one image of the network's own size, or the module's input for it",
        HelpName = "N,C,H,W",
        CustomParser = ModelReference.ParseShape,
    };

    private readonly Option<int> _depth = new("--depth")
    {
        Description = "Levels of nested modules to print",
        HelpName = "N",
        DefaultValueFactory = _ => DefaultDepth,
        CustomParser = OptionRules.AtLeast(0),
    };

    private readonly Option<int?> _numClasses = new("--num-classes")
    {
        Description = "The number of classes; by default the network's own, 1000 or 10",
        HelpName = "N",
        CustomParser = result => OptionRules.Between(1, MostClasses)(result),
    };

    public SummaryCommand()
        : base("summary", "Print a network's layers, shapes, parameters and multiply-adds as torchinfo does.",
            "resnet summary textbook_resnet34 --input 10,3,224,224 --depth 1", "resnet summary resnet50.layer4.0", "resnet summary resnet50.pth --depth 1")
    {
        _network.AddTo(this);
        Add(_input);
        Add(_depth);
        Add(_numClasses);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        (ModelReference reference, ImageNetwork model, Module module) = _network.Create(arguments, session, arguments.GetValue(_numClasses));
        model.Eval();
        Shape input = arguments.GetValue(_input) ?? reference.InputShape(model);
        if (!ShapeCheck.TryTrace(module, input, out _, out string fault)) throw new UsageException($"--input: {fault}");
        session.Out.WriteLine(ModelSummary.Create(module, input, arguments.GetValue(_depth)));
        return ExitCode.Done;
    }
}
