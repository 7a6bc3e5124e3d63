using System.CommandLine;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Cli.Options;
using ResNetManaged.Models;
using ResNetManaged.Serialization;

namespace ResNetManaged.Cli.Commands;

/// <summary>Writes a network's weights as safetensors.</summary>
internal sealed class ConvertCommand : CliCommand
{
    private readonly Argument<string> _input = new("IN") { Description = "The checkpoint to read: .pth, .th or .safetensors, plain or gzipped; or the name of a network that 'resnet pull' has fetched" };
    private readonly Argument<string> _output = new("OUT") { Description = "The .safetensors file to write" };
    private readonly Option<bool> _half = new("--half") { Description = "Round weights to half precision, which halves the file" };

    private readonly NameRuleOption _names = new();

    public ConvertCommand()
        : base("convert", "Write a network's weights as safetensors.",
            "resnet convert resnet50.pth resnet50.safetensors",
            "resnet convert torchvision:resnet50 resnet50.safetensors",
            "resnet convert net.safetensors small.safetensors --half")
    {
        Add(_input);
        Add(_output);
        Add(_half);
        _names.AddTo(this);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        string input = WeightsPath.Of(arguments.GetRequiredValue(_input)), output = arguments.GetRequiredValue(_output);
        bool half = arguments.GetValue(_half);
        InputFile.Require(input);
        InputFile.RequireWritable(output);
        ResNet model = ResNetCheckpoint.Load(input, new CheckpointOptions { Names = _names.Read(arguments) });
        NameRuleOption.Report(model, session);
        try
        {
            ResNetCheckpoint.Save(output, model, half);
        }
        catch (CheckpointException exception)
        {
            throw new CommandFailedException($"'{input}': {exception.Message}", exception);
        }
        session.Note($"{output}: {ResNetVariants.NameOf(model.Config) ?? "an unnamed ResNet"}, {new FileInfo(output).Length} bytes");
        return ExitCode.Done;
    }
}
