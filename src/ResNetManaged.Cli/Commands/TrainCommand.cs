using System.CommandLine;
using ResNetManaged.Cli.Reports;
using ResNetManaged.Datasets;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Training;

namespace ResNetManaged.Cli.Commands;

/// <summary>Trains a network from random weights, or goes on with a run that was stopped.</summary>
internal sealed class TrainCommand : CliCommand
{
    private static readonly TimeSpan PatienceAfterInterrupt = TimeSpan.FromMinutes(10); // a step of a large network takes its time, and so does saving

    private readonly Argument<string> _data = DataSource.CreateArgument();
    private readonly TrainingOptionSet _training = new();

    private readonly Option<string?> _output = new("--output")
    {
        Description = "The .safetensors file for the best weights; beside it come NAME.last.safetensors and NAME.log.jsonl",
        HelpName = "FILE",
    };

    private readonly Option<string?> _resume = new("--resume")
    {
        Description = "Goes on with the run of this output, or of its last checkpoint, with the options it was begun with",
        HelpName = "FILE",
    };

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
        Add(_output);
        _training.AddTo(this);
        Add(_resume);
        Add(_report);
        Add(_json);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        string? resumed = arguments.GetValue(_resume) is string named ? LastCheckpoint(named) : null;
        string output = resumed is null
            ? arguments.GetValue(_output) ?? throw new UsageException("--output is missing: the file for the weights; see resnet train --help")
            : OutputOf(resumed, arguments.GetValue(_output));
        InputFile.RequireWritable(output);
        string? reportPath = arguments.GetValue(_report);
        if (reportPath is not null) InputFile.RequireWritable(reportPath);
        bool json = arguments.GetValue(_json);
        if (resumed is null) RequireNoUnfinishedRun(output);
        else arguments = _training.AddSaved(this, arguments, arguments.GetRequiredValue(_data), resumed);

        (Trainer trainer, ResNet model, TrainingData data) = CreateTrainer(arguments, output, session);
        if (resumed is not null) trainer.Resume(resumed);
        Program.PatienceAfterInterrupt = PatienceAfterInterrupt;
        TrainingReport report = new(session, json);
        TrainingSummary summary = report.Follow(progress => trainer.Run(progress, session.Cancellation));
        foreach (SkippedImage image in trainer.Skipped) report.Warn($"skipped: {Errors.OneLine(image.Reason)}");
        report.Write(summary, output);
        if (reportPath is not null) HtmlReport.Write(reportPath, Describe(arguments, output, model, data, summary, session));
        return ExitCode.Done;
    }

    private (Trainer Trainer, ResNet Model, TrainingData Data) CreateTrainer(ParseResult arguments, string output, Session session)
    {
        string name = _training.ModelOf(arguments);
        TrainingRecipe recipe = _training.RecipeOf(arguments);
        ulong seed = _training.SeedOf(arguments);
        TrainingData data = TrainingData.Open(
            arguments.GetRequiredValue(_data), _training.ValidationOf(arguments), ResNetVariants.Get(name), recipe.Augmentation, seed);
        TrainerOptions options = _training.Apply(arguments, recipe.Options, data.Training.Count) with
        {
            Output = output,
            Metadata = _training.Save(arguments),
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
            .. _training.Save(arguments).Select(option => (option.Key[(option.Key.LastIndexOf('.') + 1)..], option.Value)),
            ("program", $"resnet {ResNetCommandLine.Version}"),
        ],
    };

    /// <summary>The checkpoint that is meant by its own name or by that of the output.</summary>
    private static string LastCheckpoint(string named)
    {
        if (named.Length == 0) throw new InputException("the name of the run to resume is empty");
        string beside = Trainer.LastCheckpointOf(named);
        if (File.Exists(beside)) return beside;
        InputFile.Require(named);
        return named;
    }

    private static string OutputOf(string resumed, string? given)
    {
        const string End = ".last.safetensors";
        if (!resumed.EndsWith(End, StringComparison.OrdinalIgnoreCase))
            throw new InputException($"'{resumed}' is not the last checkpoint of a run; its name would end in '{End}'");
        string output = given ?? resumed[..^End.Length] + ".safetensors";
        return Path.GetFullPath(Trainer.LastCheckpointOf(output)) == Path.GetFullPath(resumed)
            ? output
            : throw new UsageException($"--output '{given}' is not the run that --resume goes on with; leave it out");
    }

    private static void RequireNoUnfinishedRun(string output)
    {
        string last = Trainer.LastCheckpointOf(output);
        if (File.Exists(last) && Trainer.IsUnfinished(last))
            throw new InputException($"'{last}' holds a run that is not finished; go on with --resume, or delete it first");
    }
}
