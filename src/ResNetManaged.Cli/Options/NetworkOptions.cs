using System.CommandLine;
using System.Diagnostics;
using ResNetManaged.Cli.Commands;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Cli.Options;

/// <summary>The options that choose the trained network of a command.</summary>
internal sealed class NetworkOptions
{
    private readonly BuiltInNetwork _builtIn;
    private readonly Option<string?> _weights;

    private readonly Option<string?> _model = new("--model")
    {
        Description = "The network, one of 'resnet models'; by default inferred from the weights",
        HelpName = "NAME",
    };

    private readonly ReadingOptions _reading = new();
    private readonly PreprocessingOptions _preprocessing = new();

    /// <summary>Creates the options.</summary>
    /// <param name="builtIn">The network without <c>--weights</c>; null for the one that classifies.</param>
    public NetworkOptions(BuiltInNetwork? builtIn = null)
    {
        _builtIn = builtIn ?? BuiltInNetwork.Classifier;
        _weights = new Option<string?>("--weights")
        {
            Description = "The checkpoint: .pth, .th or .safetensors, plain or gzipped; .onnx; a folder of Hugging Face's or timm's with its JSON files; or "
                + $"{WeightsPath.Names}; by default {_builtIn.Knows}",
            HelpName = "FILE|FOLDER|NAME",
        };
    }

    public IReadOnlyList<Option> All => [_weights, _model, .. _reading.All, .. _preprocessing.All];

    /// <summary>Adds the options, for a network that looks at pictures.</summary>
    public void AddTo(CliCommand command)
    {
        AddNetworkTo(command);
        _preprocessing.AddTo(command);
    }

    /// <summary>Adds only the options that choose the network, for tensors.</summary>
    public void AddNetworkTo(CliCommand command)
    {
        _model.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is not string name) return;
            if (!ResNetVariants.TryGet(name, out _)) result.AddError(ModelReference.Unknown(name));
            else if (result.GetValue(_weights) is null) result.AddError("--model needs --weights: it names the network of a checkpoint");
        });
        command.Add(_weights);
        command.Add(_model);
        _reading.AddTo(command, _weights);
    }

    /// <summary>Whether <c>--weights</c> was given.</summary>
    public bool HaveWeights(ParseResult arguments) => arguments.GetValue(_weights) is not null;

    /// <summary>The name of the weights in messages and reports.</summary>
    public string NameOfWeights(ParseResult arguments) => arguments.GetValue(_weights) is string path ? $"'{path}'" : _builtIn.Name;

    /// <summary>How pictures' files are read.</summary>
    public ImageFileOptions Files(ParseResult arguments) => _preprocessing.Files(arguments);

    /// <summary>Loads a network that takes images of three channels, in evaluation mode.</summary>
    /// <exception cref="CommandFailedException">It takes another number of channels, or there is no such file.</exception>
    public ImageNetwork LoadForImages(ParseResult arguments, Session session)
    {
        ImageNetwork model = Load(arguments, session);
        return model.InChannels == RgbImage.Channels
            ? model
            : throw new CommandFailedException(
                $"{NameOfWeights(arguments)} holds a network for {Tensors.IO.Counted.Of(model.InChannels, "channel")}; images have {RgbImage.Channels}");
    }

    /// <summary>Loads a network that classifies images of three channels, in evaluation mode.</summary>
    /// <exception cref="CommandFailedException">It has no head or takes another number of channels, or there is no such file.</exception>
    public ImageNetwork LoadClassifier(ParseResult arguments, Session session)
    {
        ImageNetwork model = LoadForImages(arguments, session);
        RequireHead(arguments, model);
        return model;
    }

    /// <summary>Checks that a network classifies.</summary>
    /// <exception cref="CommandFailedException">It has no head.</exception>
    public void RequireHead(ParseResult arguments, ImageNetwork model)
    {
        if (model.NumClasses > 0) return;
        throw new CommandFailedException($"{NameOfWeights(arguments)} holds a network without a head, so it has no classes; "
            + "expected a linear layer such as 'fc'; embed, similar and finetune work without one");
    }

    /// <summary>Loads the network, in evaluation mode, with the preset that files and options result in.</summary>
    /// <exception cref="CommandFailedException">There is no such file.</exception>
    /// <exception cref="UsageException">Two options contradict each other.</exception>
    public ImageNetwork Load(ParseResult arguments, Session session)
    {
        string? path = arguments.GetValue(_weights) is string weights ? WeightsPath.Of(weights) : null;
        if (path is not null) InputFile.RequireWeights(path);
        long start = Stopwatch.GetTimestamp();
        ImageNetwork model = path is null
            ? _builtIn.Load()
            : NetworkFile.Load(path, _reading.Read(arguments, arguments.GetValue(_model)));
        ReadingOptions.Report(model, session);
        model.Preset = _preprocessing.Apply(arguments, ImageModel.PresetOf(model));
        string name = model.Title;
        session.Note($"{path ?? _builtIn.Name}: {name}, {model.NumClasses} classes, loaded in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
        session.Cancellation.ThrowIfCancellationRequested();
        return model;
    }
}
