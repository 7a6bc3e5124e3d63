using System.CommandLine;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Cli.Options;
using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Cli.Commands;

/// <summary>Runs a network on an array, without decoding or preprocessing.</summary>
internal sealed class PredictCommand : CliCommand
{
    private const int InputElementsInBatch = 1 << 20; // 6 images of 224 x 224; limits the memory of a forward pass
    private const int MostImagesInBatch = 64;

    private readonly Option<string> _input = new("--input")
    {
        Description = "Preprocessed images, a float32 .npy file of shape [N, C, H, W]",
        HelpName = "X.npy",
        Required = true,
    };

    private readonly Option<string> _output = new("--output")
    {
        Description = "The .npy file to write, of shape [N, classes] or [N, D]",
        HelpName = "Y.npy",
        Required = true,
    };

    private readonly NetworkOptions _network = new();
    private readonly Option<bool> _features = new("--features") { Description = "Write the pooled features, [N, D], instead of the logits" };

    public PredictCommand()
        : base("predict", "Run a network on a .npy array and write its logits or features.",
            "resnet predict --input x.npy --output logits.npy --weights resnet18.pth",
            "resnet predict --input x.npy --output f.npy --weights resnet18.pth --features")
    {
        Add(_input);
        Add(_output);
        _network.AddNetworkTo(this);
        Add(_features);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        string inputPath = arguments.GetRequiredValue(_input), outputPath = arguments.GetRequiredValue(_output);
        InputFile.Require(inputPath);
        InputFile.RequireWritable(outputPath);
        ImageNetwork model = _network.Load(arguments, session);
        Tensor images = Npy.Read(inputPath);
        DataSource.RequireInput(inputPath, images.Shape, model);

        bool features = arguments.GetValue(_features);
        Tensor output = session.WithProgress("predict", images.Shape[0], printsMeanwhile: false,
            progress => Predict(model, images, features, session, progress));
        if (OutputCheck.FaultOf(images.ReadOnlySpan, "", "") is not null) session.Warn($"'{inputPath}' has numbers that are not finite");
        else if (OutputCheck.FaultOf(output.ReadOnlySpan, features ? "features" : "logits", _network.NameOfWeights(arguments)) is { } fault)
            throw new CommandFailedException($"'{inputPath}': {fault.Message}");
        Npy.Write(outputPath, output);
        session.Note($"{outputPath}: {output.Shape}");
        return ExitCode.Done;
    }

    private static Tensor Predict(ImageNetwork model, Tensor images, bool features, Session session, IProgress<int>? progress)
    {
        int total = images.Shape[0], elements = images.ElementCount / total;
        int batch = Math.Clamp(InputElementsInBatch / elements, 1, MostImagesInBatch);
        CompiledModel compiled = features ? model.CompileFeatures(session.Execution) : model.Compile(session.Execution);
        int width = compiled.PlanFor(images.Shape.With(0, Math.Min(batch, total))).OutputShape[1];
        Tensor output = Tensor.Zeros([total, width]);
        for (int first = 0; first < total; first += batch)
        {
            session.Cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(batch, total - first);
            compiled.Run(images.ReadOnlySpan.Slice(first * elements, count * elements), images.Shape.With(0, count),
                output.Span.Slice(first * width, count * width));
            progress?.Report(first + count);
        }
        return output;
    }
}
