using System.CommandLine;
using System.Diagnostics;
using ResNetManaged.Cifar10;
using ResNetManaged.Cli.Commands;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Models;
using ResNetManaged.Serialization;

namespace ResNetManaged.Cli.Options;

/// <summary>The options that say which trained network a command uses.</summary>
internal sealed class NetworkOptions
{
    private const string OwnNetwork = "the program's own network";

    private readonly Option<string?> _model = new("--model")
    {
        Description = "The network, one that 'resnet models' lists; by default the one that the weights are of",
        HelpName = "NAME",
    };

    private readonly Option<string?> _weights = new("--weights")
    {
        Description = "The checkpoint: .pth, .th or .safetensors, plain or gzipped; by default the program's own network for CIFAR-10's ten classes",
        HelpName = "FILE",
    };

    public IReadOnlyList<Option> All => [_weights, _model];

    public void AddTo(CliCommand command)
    {
        _model.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is not string name) return;
            if (!ResNetVariants.TryGet(name, out _)) result.AddError(ModelReference.Unknown(name));
            else if (result.GetValue(_weights) is null) result.AddError("--model needs --weights: it says which network a checkpoint is of");
        });
        command.Add(_weights);
        command.Add(_model);
    }

    /// <summary>What messages and reports call the weights.</summary>
    public string NameOfWeights(ParseResult arguments) => arguments.GetValue(_weights) is string path ? $"'{path}'" : OwnNetwork;

    /// <summary>Loads the network, in evaluation mode.</summary>
    public ResNet Load(ParseResult arguments, Session session)
    {
        string? path = arguments.GetValue(_weights);
        if (path is not null) InputFile.Require(path);
        long start = Stopwatch.GetTimestamp();
        ResNet model = path is null ? Cifar10Network.Load() : ResNetCheckpoint.Load(path, arguments.GetValue(_model));
        string name = ResNetVariants.NameOf(model.Config) ?? "a ResNet without a name";
        session.Note($"{path ?? OwnNetwork}: {name}, {model.Config.NumClasses} classes, loaded in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
        session.Cancellation.ThrowIfCancellationRequested();
        return model;
    }
}
