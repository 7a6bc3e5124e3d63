using System.CommandLine;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Cli.Reports;
using ResNetManaged.Cli.Training;
using ResNetManaged.Datasets;
using ResNetManaged.Models;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Training;
using ResNetManaged.Training.Runs;

namespace ResNetManaged.Cli.Commands;

/// <summary>Trains a network from random weights, or goes on with a run that was stopped.</summary>
internal sealed class TrainCommand : CliCommand
{
    private static readonly TimeSpan PatienceAfterInterrupt = TimeSpan.FromMinutes(10); // a step of a large network takes its time, and so does saving

    private readonly Argument<string> _data = DataSource.CreateArgument();
    private readonly TrainingOptionSet _training = new();

    private readonly RunFileOptions _run = new(
        "The .safetensors file for the best weights; beside it come NAME.last.safetensors and NAME.log.jsonl");

    private readonly Option<string?> _report = new("--report")
    {
        Description = "Also write a report, one HTML file, when the run has ended",
        HelpName = "FILE",
    };

    private readonly Option<bool> _json = new("--json") { Description = "The log's lines of epochs and of the end, as JSON" };

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

        (Trainer trainer, ResNet model, TrainingData data) = CreateTrainer(arguments, output, session);
        if (resumed is not null) trainer.Resume(resumed);
        TrainingDisplay.WarnOfTape(session, trainer.TapeReason);
        Program.PatienceAfterInterrupt = PatienceAfterInterrupt;
        TrainingDisplay display = new(session, json);
        TrainingSummary summary = display.Follow(progress => trainer.Run(progress, session.Cancellation));
        foreach (SkippedImage image in trainer.Skipped) display.Warn($"skipped: {ErrorText.OneLine(image.Reason)}");
        display.Write(summary, output);
        if (reportPath is not null) HtmlReport.Write(reportPath, Describe(arguments, output, model, data, summary, session));
        return ExitCode.Done;
    }

    private (Trainer Trainer, ResNet Model, TrainingData Data) CreateTrainer(ParseResult arguments, string output, Session session)
    {
        string name = _training.ModelOf(arguments);
        TrainingRecipe recipe = _training.RecipeOf(arguments);
        ulong seed = _training.SeedOf(arguments);
        TrainingData data = TrainingData.Open(
            arguments.GetRequiredValue(_data), _training.ValidationOf(arguments), ResNetVariants.Get(name), recipe.Options.Augmentation, seed);
        TrainerOptions options = _training.Apply(arguments, recipe.Options, data.Training.Count) with
        {
            Output = output,
            Metadata = _training.Saved.Of(arguments),
            Execution = session.Execution,
        };
        ResNet model = ResNet.Create(name, data.Training.ClassNames.Count, data.Training.InputShape[0], new TorchGenerator(seed));
        session.Cancellation.ThrowIfCancellationRequested();
        return (new Trainer(model, data.Training, data.Validation, options), model, data);
    }

    private RunReport Describe(ParseResult arguments, string output, ResNet model, TrainingData data, TrainingSummary summary, Session session) => new()
    {
        Title = $"{Path.GetFileNameWithoutExtension(output)}: {ResNetVariants.NameOf(model.Config)}, trained",
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
