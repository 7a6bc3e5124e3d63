using System.CommandLine;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Cli.Options;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Serialization.Folders;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Cli.Commands;

/// <summary>Writes a network as safetensors or ONNX, or as a folder for transformers or timm.</summary>
internal sealed class ConvertCommand : CliCommand
{
    private const string Transformers = "transformers", Timm = "timm";

    private readonly Argument<string> _input = new("IN")
    {
        Description = "The checkpoint to read: .pth, .th or .safetensors, plain or gzipped, .onnx, a folder of Hugging Face's or timm's, "
            + "or the name of a network that 'resnet pull' has fetched",
    };

    private readonly Argument<string> _output = new("OUT")
    {
        Description = "The .safetensors or .onnx file to write, or a folder, whose name ends in /, "
            + "for the weights and JSON files with class names and preprocessing",
    };

    private readonly Option<string> _form = new("--form")
    {
        Description = "Who loads the folder: transformers (the default) or timm",
        HelpName = $"{Transformers}|{Timm}",
        DefaultValueFactory = _ => Transformers,
    };

    private readonly PreprocessingOptions _preprocessing = new();
    private readonly ClassNames _classes = new();

    private readonly Option<bool> _half = new("--half") { Description = "Round weights to half precision, which halves the file" };

    private readonly ReadingOptions _reading = new();

    public ConvertCommand()
        : base("convert", "Write a network as safetensors or ONNX.",
            "resnet convert resnet50.pth resnet50.safetensors",
            "resnet convert torchvision:resnet50 resnet50.safetensors",
            "resnet convert net.safetensors small.safetensors --half",
            "resnet convert net.safetensors net.onnx",
            "resnet convert resnet50.pth resnet50/ --classes imagenet --resize 232")
    {
        _form.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: not (Transformers or Timm) } unknown])
                result.AddError($"--form '{unknown.Value}' is unknown; expected {Transformers}|{Timm}");
        });
        Add(_input);
        Add(_output);
        Add(_half);
        _reading.AddTo(this);
        Add(_form);
        _classes.AddTo(this);
        _preprocessing.AddPresetTo(this);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        string input = WeightsPath.Of(arguments.GetRequiredValue(_input)), output = arguments.GetRequiredValue(_output);
        bool half = arguments.GetValue(_half);
        bool isFolder = Path.EndsInDirectorySeparator(output);
        if (!isFolder && Directory.Exists(output))
            throw new UsageException($"OUT '{output}' is a folder; write '{output}/' to put the network's files into it");
        InputFile.RequireWeights(input);
        _classes.Require(arguments);
        if (!isFolder) InputFile.RequireWritable(output);
        if (!isFolder && !NetworkFile.IsNamedOnnx(output) && !Path.GetExtension(output).Equals(".safetensors", StringComparison.OrdinalIgnoreCase))
            throw new UsageException($"OUT '{output}': expected a name that ends in .safetensors or .onnx, or a folder, whose name ends in /");
        if (!isFolder && arguments.GetResult(_form) is { Implicit: false })
            throw new UsageException("--form needs a folder as OUT, whose name ends in /");
        if (arguments.GetValue(_half) && !isFolder && NetworkFile.IsNamedOnnx(output))
            throw new UsageException($"--half needs .safetensors or a folder as OUT, not '{output}': ONNX is written in float32");
        ImageNetwork model = NetworkFile.Load(input, _reading.Read(arguments));
        ReadingOptions.Report(model, session);
        if (model.Quantization is not null) session.Warn($"'{input}' is quantized; OUT holds the floats that its integers stand for");
        _classes.NameClasses(arguments, model);
        if (_preprocessing.AreGiven(arguments)) model.Preset = _preprocessing.Apply(arguments, ImageModel.PresetOf(model));
        try
        {
            if (!isFolder) NetworkFile.Save(output, model, half);
            else if (model is not ResNet network) throw new CommandFailedException($"'{input}' holds {model.Title}; folders hold ResNets that transformers or timm know");
            else if (arguments.GetValue(_form) == Timm) ModelFolderWriter.WriteTimm(output, network, ImageModel.PresetOf(network), half);
            else ModelFolderWriter.WriteTransformers(output, network, ImageModel.PresetOf(network), half);
        }
        catch (CheckpointException exception) when (exception.Entry is not null)
        {
            throw new CommandFailedException($"'{input}': {exception.Fault}", exception); // a tensor of the input
        }
        catch (NotSupportedException exception)
        {
            throw new CommandFailedException($"'{input}': {exception.Message}", exception);
        }
        string file = isFolder ? Path.Combine(output, ModelFolder.Weights) : output;
        session.Out.WriteLine(FormattableString.Invariant($"{output}: {model.Title}, {FileKind.LengthOf(file)} bytes"));
        return ExitCode.Done;
    }
}
