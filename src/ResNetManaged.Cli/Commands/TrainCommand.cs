using System.CommandLine;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Cli.Reports;
using ResNetManaged.Cli.Training;
using ResNetManaged.Datasets;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Training;
using ResNetManaged.Training.Runs;

namespace ResNetManaged.Cli.Commands;

/// <summary>Trains a network from random weights, or resumes a run.</summary>
internal sealed class TrainCommand : CliCommand
{
    private static readonly TimeSpan PatienceAfterInterrupt = TimeSpan.FromMinutes(10); // a step of a large network, and saving it, can take minutes

    private readonly Argument<string> _data = DataSource.CreateArgument();
    private readonly TrainingOptionSet _training = new();

    private readonly RunFileOptions _run = new(
        "The .safetensors file for the best weights; NAME.last.safetensors and NAME.log.jsonl are written next to it");

    private readonly Option<string?> _report = new("--report")
    {
        Description = "Also write a report as one HTML file when the run ends",
        HelpName = "FILE",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print the log's lines for each epoch and for the end as JSON" };

    public TrainCommand()
        : base("train", "Train a network on labeled images.",
            "resnet train cifar10-train.tar.gz --model cifar_resnet20 --output net.safetensors --validation 0.1",
            "resnet train photos/ --model resnet18 --recipe imagenet-style --batch 16 --output net.safetensors --time-budget 120",
            "resnet train cifar10-train.tar.gz --resume net.safetensors")
    {
        Add(_data);
        Add(_run.Output);
        _training.AddTo(this);
        Add(_run.Resume);
        Add(_report);
        Add(_json);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        (string output, string? resumed) = _run.Files(arguments);
        string? reportPath = arguments.GetValue(_report);
        if (reportPath is not null) InputFile.RequireWritable(reportPath);
        bool json = arguments.GetValue(_json);
        if (resumed is not null) arguments = _training.Saved.AddTo(this, arguments, arguments.GetRequiredValue(_data), resumed);

        (Trainer trainer, ImageNetwork model, TrainingData data) = CreateTrainer(arguments, output, session);
        if (resumed is not null) trainer.Resume(resumed);
        TrainingDisplay.WarnOfTape(session, trainer.TapeReason);
        Program.PatienceAfterInterrupt = PatienceAfterInterrupt;
        TrainingDisplay display = new(session, json);
        TrainingSummary summary = DataSource.NamingTheOption(_training.Skips(arguments), () => display.Follow(progress => trainer.Run(progress, session.Cancellation)));
        foreach (SkippedImage image in trainer.Skipped) session.Warn($"skipped: {ErrorText.OneLine(image.Reason)}");
        display.Write(summary, output);
        if (reportPath is not null) HtmlReport.Write(reportPath, Describe(arguments, output, model, data, summary, session));
        return ExitCode.Done;
    }

    private (Trainer Trainer, ImageNetwork Model, TrainingData Data) CreateTrainer(ParseResult arguments, string output, Session session)
    {
        string name = _training.ModelOf(arguments);
        TrainingRecipe recipe = _training.RecipeOf(arguments);
        ulong seed = _training.SeedOf(arguments);
        TrainingData data = TrainingData.Open(
            arguments.GetRequiredValue(_data), _training.ValidationOf(arguments), ResNetVariants.Get(name), recipe.Options.Augmentation, seed, session);
        TrainerOptions options = _training.Apply(arguments, recipe.Options, data.Training.Count) with
        {
            Output = output,
            Metadata = _training.Saved.Of(arguments),
            Execution = session.Execution,
        };
        ImageNetwork model = ResNet.Create(name, data.Training.ClassNames.Count, data.Training.InputShape[0], new TorchGenerator(seed));
        if (model.InChannels == RgbImage.Channels) model.Preset = model.UsualPreset;
        RequireFit(model, data, options, arguments.GetRequiredValue(_data));
        session.Cancellation.ThrowIfCancellationRequested();
        return (new Trainer(model, data.Training, data.Validation, options), model, data);
    }

    /// <summary>Checks that data, network and options fit together.</summary>
    /// <exception cref="UsageException">The parts of a step differ in size.</exception>
    /// <exception cref="CommandFailedException">The images do not fit the network, or a part of a step has too few of them.</exception>
    private static void RequireFit(ImageNetwork model, TrainingData data, TrainerOptions options, string path)
    {
        if (options.BatchSize % options.MicroBatches != 0)
            throw new UsageException($"--micro-batches '{options.MicroBatches}' does not divide a batch of {options.BatchSize} images into equal parts");
        if (!model.Training) model.Train();
        Shape step = [options.BatchSize / options.MicroBatches, .. data.Training.InputShape.Dimensions];
        if (!ShapeCheck.TryTrace(model, step, out _, out string fault)) throw new CommandFailedException($"'{path}': {fault}");
        if (data.Validation is { } validation && validation.InputShape != data.Training.InputShape)
            throw new CommandFailedException($"'{validation.Name}' has images of shape {validation.InputShape}; those of '{path}' have {data.Training.InputShape}");
    }

    private RunReport Describe(ParseResult arguments, string output, ImageNetwork model, TrainingData data, TrainingSummary summary, Session session) => new()
    {
        Title = $"{Path.GetFileNameWithoutExtension(output)}: {model.Title}, trained",
        Epochs = TrainingLog.Read(TrainingFiles.Of(output).Log).Epochs,
        BestEpoch = summary.BestEpoch,
        ClassNames = summary.ClassNames,
        Confusion = summary.Confusion,
        Mistakes = data.Pictures is { } pictures ? WorstMistakes.Of(ValidationLogits.Compute(model, data.Validation!, session), pictures) : [],
        Timings = [("training", summary.Seconds)],
        Settings =
        [
            ("data", arguments.GetRequiredValue(_data)),
            .. _training.Saved.Given(arguments).Select(option => (option.Name.TrimStart('-'), option.Value)),
            ("program", $"resnet {ResNetCommandLine.Version}"),
        ],
    };
}
