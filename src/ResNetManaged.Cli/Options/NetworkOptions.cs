using System.CommandLine;
using System.Diagnostics;
using ResNetManaged.Cifar10;
using ResNetManaged.Cli.Commands;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;

namespace ResNetManaged.Cli.Options;

/// <summary>The options that choose the trained network of a command.</summary>
internal sealed class NetworkOptions
{
    private const string OwnNetwork = "the built-in network";

    private readonly Option<string?> _model = new("--model")
    {
        Description = "The network, one of 'resnet models'; by default inferred from the weights",
        HelpName = "NAME",
    };

    private readonly Option<string?> _weights = new("--weights")
    {
        Description = "The checkpoint: .pth, .th or .safetensors, plain or gzipped; or " + WeightsPath.Names
            + "; by default the built-in network for CIFAR-10's ten classes",
        HelpName = "FILE|NAME",
    };

    public IReadOnlyList<Option> All => [_weights, _model];

    public void AddTo(CliCommand command)
    {
        _model.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is not string name) return;
            if (!ResNetVariants.TryGet(name, out _)) result.AddError(ModelReference.Unknown(name));
            else if (result.GetValue(_weights) is null) result.AddError("--model needs --weights: it names the network of a checkpoint");
        });
        command.Add(_weights);
        command.Add(_model);
    }

    /// <summary>The name of the weights in messages and reports.</summary>
    public string NameOfWeights(ParseResult arguments) => arguments.GetValue(_weights) is string path ? $"'{path}'" : OwnNetwork;

    /// <summary>Loads a network that takes images of three channels, in evaluation mode.</summary>
    /// <exception cref="CommandFailedException">It takes another number of channels, or there is no such file.</exception>
    public ResNet LoadForImages(ParseResult arguments, Session session)
    {
        ResNet model = Load(arguments, session);
        return model.Config.InChannels == RgbImage.Channels
            ? model
            : throw new CommandFailedException(
                $"{NameOfWeights(arguments)} holds a network for {model.Config.InChannels} channels; images have {RgbImage.Channels}");
    }

    /// <summary>Loads the network, in evaluation mode.</summary>
    /// <exception cref="CommandFailedException">There is no such file.</exception>
    public ResNet Load(ParseResult arguments, Session session)
    {
        string? path = arguments.GetValue(_weights) is string weights ? WeightsPath.Of(weights) : null;
        if (path is not null) InputFile.Require(path);
        long start = Stopwatch.GetTimestamp();
        ResNet model = path is null ? Cifar10Network.Load() : ResNetCheckpoint.Load(path, arguments.GetValue(_model));
        string name = ResNetVariants.NameOf(model.Config) ?? "an unnamed ResNet";
        session.Note($"{path ?? OwnNetwork}: {name}, {model.Config.NumClasses} classes, loaded in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
        session.Cancellation.ThrowIfCancellationRequested();
        return model;
    }
}
