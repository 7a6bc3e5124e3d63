using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Cli.Options;
using ResNetManaged.Cli.Output;
using ResNetManaged.Cli.Reports;
using ResNetManaged.Cli.Training;
using ResNetManaged.FineTuning;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Tensors.IO;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Training;

namespace ResNetManaged.Cli.Commands;

/// <summary>Teaches a trained network the classes of the user's own images.</summary>
internal sealed class FinetuneCommand : CliCommand
{
    private const string DefaultShare = "0.2";
    private const string DefaultCache = ".resnet-features";

    private static readonly Dictionary<string, TrainedPart> Parts = new()
    {
        ["head-only"] = TrainedPart.HeadOnly,
        ["last-stage"] = TrainedPart.LastStage,
        ["none"] = TrainedPart.All,
    };

    private readonly Argument<string> _data = new("DATA")
    {
        Description = "A folder with a folder of images for each class, a .tar or .tar.gz of one, or CIFAR-10 binary files",
    };

    private readonly NetworkOptions _network = new(BuiltInNetwork.Features);

    private readonly RunFileOptions _run = new("The .safetensors file for the new network and its class names");

    private readonly Option<TrainedPart> _freeze = new("--freeze")
    {
        Description = "What to train: head-only trains the head (the default), last-stage the last stage too, none everything",
        HelpName = string.Join('|', Parts.Keys),
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!Parts.TryGetValue(text, out TrainedPart part)) result.AddError($"--freeze '{text}' is unknown; expected {string.Join('|', Parts.Keys)}");
            return part;
        },
    };

    private readonly Option<string> _validation = new("--validation")
    {
        Description = "Validation images: the share of the images to hold out, or other DATA with the same classes",
        HelpName = "SHARE|DATA",
        DefaultValueFactory = _ => DefaultShare,
    };

    private readonly Option<int?> _epochs = new("--epochs")
    {
        Description = "Passes over the images; by default 100 with head-only, else 10",
        HelpName = "N",
        CustomParser = OptionRules.OptionalAtLeast(1),
    };

    private readonly Option<double?> _learningRate = new("--lr")
    {
        Description = "The largest learning rate; by default 0.001 with head-only (AdamW), else 0.01 (SGD), divided by 3 for each stage away from the head",
        HelpName = "X",
        CustomParser = result => OptionRules.Positive()(result),
    };

    private readonly Option<int> _seed = new("--seed")
    {
        Description = "Seed for the held-out share, the head's initial weights and the order; 0 by default",
        HelpName = "N",
        CustomParser = OptionRules.AtLeast(0),
    };

    private readonly Option<bool> _skip = DataSource.CreateSkipOption();

    private readonly Option<string?> _cache = new("--cache")
    {
        Description = $"The folder that keeps features for later runs; by default {DefaultCache} next to the output",
        HelpName = "FOLDER",
    };

    private readonly Option<string?> _report = new("--report") { Description = "Also write a report as one HTML file", HelpName = "FILE" };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object; accuracies are percentages" };

    private readonly SavedOptions _saved;

    public FinetuneCommand()
        : base("finetune", "Teach a trained network the classes of your own images.",
            "resnet finetune pictures/ --output pets.safetensors",
            "resnet finetune pictures/ --weights resnet50.pth --output pets.safetensors --freeze last-stage --report pets.html",
            "resnet finetune pictures/ --resume pets.safetensors")
    {
        Add(_data);
        _network.AddTo(this);
        Option[] saved = [_freeze, _validation, _epochs, _learningRate, _seed, _skip];
        _saved = new SavedOptions([.. _network.All, .. saved]);
        foreach (Option option in (Option[])[_run.Output, .. saved, _run.Resume, _cache, _report, _json]) Add(option);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        long start = Stopwatch.GetTimestamp();
        string path = arguments.GetRequiredValue(_data);
        string? report = arguments.GetValue(_report);
        bool json = arguments.GetValue(_json);
        (string output, string? resumed) = _run.Files(arguments);
        if (arguments.GetValue(_cache) is "") throw new UsageException("--cache is empty; expected the name of a folder");
        string cache = arguments.GetValue(_cache) ?? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(output))!, DefaultCache);
        if (resumed is not null)
        {
            _saved.RequireUnchanged(arguments, resumed);
            arguments = _saved.AddTo(this, arguments, path, resumed);
        }
        if (report is not null) InputFile.RequireWritable(report);
        int seed = arguments.GetValue(_seed);
        FineTuningData data = FineTuningData.Open(
            path, arguments.GetRequiredValue(_validation), (ulong)seed, _network.Files(arguments), arguments.GetValue(_skip), session);
        ImageNetwork body = _network.LoadForImages(arguments, session);
        ImageNetwork model = body.WithHead(data.ClassNames.Count, new TorchGenerator((ulong)seed));
        (model.ClassNames, model.Preset) = (data.ClassNames, ImageModel.PresetOf(body));

        FineTuningSettings settings = new(
            arguments.GetValue(_freeze), arguments.GetValue(_epochs), arguments.GetValue(_learningRate), (ulong)seed, cache, output, resumed,
            _saved.Of(arguments));
        FineTuned result = DataSource.NamingTheOption(arguments.GetValue(_skip), new FineTuningRun(model, data, settings, session).Run);
        ClassificationMetrics metrics = new(model.NumClasses);
        metrics.Add(result.Logits, data.Validation.Labels);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (report is not null) HtmlReport.Write(report, Describe(path, arguments, model, data, result, metrics));

        if (json) JsonLine.Write(session.Out, line => Describe(line, output, data, result, metrics, seconds));
        else Print(session.Out, output, data, result, metrics, seconds);
        return ExitCode.Done;
    }

    private RunReport Describe(string path, ParseResult arguments, ImageNetwork model, FineTuningData data, FineTuned result, ClassificationMetrics metrics) => new()
    {
        Title = $"{Path.GetFileName(Path.GetFullPath(path))}: {model.Title}, fine-tuned",
        Epochs = result.Epochs,
        BestEpoch = result.BestEpoch,
        ClassNames = data.ClassNames,
        Confusion = RunReport.ConfusionOf(metrics),
        Mistakes = WorstMistakes.Of(result.Logits, data.Validation),
        Timings = result.Timings,
        Settings =
        [
            ("data", path),
            ("training images", Text(data.Training.Indices.Count)),
            ("validation images", $"{Text(data.Validation.Indices.Count)} ({arguments.GetValue(_validation)})"),
            ("weights", _network.NameOfWeights(arguments)),
            ("frozen", Parts.First(part => part.Value == arguments.GetValue(_freeze)).Key),
            ("seed", Text(arguments.GetValue(_seed))),
            ("program", $"resnet {ResNetCommandLine.Version}"),
        ],
    };

    private static void Describe(
        Utf8JsonWriter line, string output, FineTuningData data, FineTuned result, ClassificationMetrics metrics, double seconds)
    {
        line.WriteString("output", output);
        line.WriteStartArray("classes");
        foreach (string name in data.ClassNames) line.WriteStringValue(name);
        line.WriteEndArray();
        line.WriteNumber("training_images", data.Training.Indices.Count);
        line.WriteNumber("validation_images", data.Validation.Indices.Count);
        line.WriteBoolean("features_cached", result.FeaturesWereCached);
        line.WriteNumber("epochs", result.Epochs.Count);
        line.WriteNumber("best_epoch", result.BestEpoch);
        line.WriteFinite("validation_accuracy", Math.Round(metrics.Top1, 6));
        line.WriteFinite("validation_loss", metrics.Loss);
        line.WriteNumber("seconds", Math.Round(seconds, 3));
    }

    private static void Print(TextWriter output, string path, FineTuningData data, FineTuned result, ClassificationMetrics metrics, double seconds)
    {
        TrainingRecord best = result.Epochs[result.BestEpoch - 1];
        CultureInfo culture = CultureInfo.InvariantCulture;
        output.WriteLine(string.Create(culture, $"{path}: {Counted.Classes(data.ClassNames.Count)}, in {seconds:F1} s"));
        output.WriteLine(string.Create(culture, $"training    {100 * best.TrainAccuracy:F2} % of {data.Training.Indices.Count} images"));
        output.WriteLine(string.Create(culture, $"validation  {100 * metrics.Top1:F2} % of {data.Validation.Indices.Count} images, loss {metrics.Loss:F4}"));
        output.WriteLine();
        ConfusionTable.Write(output, metrics, data.ClassNames);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
