using System.CommandLine;
using System.Diagnostics;
using ResNetManaged.Models;
using ResNetManaged.Serialization;

namespace ResNetManaged.Cli;

/// <summary>The options that say which trained network a command uses.</summary>
internal sealed class NetworkOptions
{
    private readonly Option<string?> _model = new("--model")
    {
        Description = "The network, one that 'resnet models' lists; by default the one that the weights are of",
        HelpName = "NAME",
    };

    private readonly Option<string> _weights = new("--weights")
    {
        Description = "The checkpoint: .pth, .th or .safetensors, plain or gzipped",
        HelpName = "FILE",
        Required = true,
    };

    public IReadOnlyList<Option> All => [_weights, _model];

    public void AddTo(CliCommand command)
    {
        _model.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is string name && !ResNetVariants.TryGet(name, out _))
                result.AddError(ModelReference.Unknown(name));
        });
        command.Add(_weights);
        command.Add(_model);
    }

    public string WeightsPath(ParseResult arguments) => arguments.GetRequiredValue(_weights);

    /// <summary>Loads the network, in evaluation mode.</summary>
    public ResNet Load(ParseResult arguments, Session session)
    {
        string path = WeightsPath(arguments);
        InputFile.Require(path);
        long start = Stopwatch.GetTimestamp();
        ResNet model = ResNetCheckpoint.Load(path, arguments.GetValue(_model));
        string name = ResNetVariants.NameOf(model.Config) ?? "a ResNet without a name";
        session.Note($"{path}: {name}, {model.Config.NumClasses} classes, loaded in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
        session.Cancellation.ThrowIfCancellationRequested();
        return model;
    }
}
