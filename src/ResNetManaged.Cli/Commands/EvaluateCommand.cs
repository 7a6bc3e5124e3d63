using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Cli.Options;
using ResNetManaged.Cli.Output;
using ResNetManaged.Datasets;
using ResNetManaged.Inference;
using ResNetManaged.Models;

namespace ResNetManaged.Cli.Commands;

/// <summary>Measures a network on labeled images.</summary>
internal sealed class EvaluateCommand : CliCommand
{
    private const int DefaultBatch = 64;

    private readonly Argument<string> _data = DataSource.CreateArgument();
    private readonly NetworkOptions _network = new();

    private readonly Option<int> _batch = new("--batch")
    {
        Description = "Images in a batch",
        HelpName = "N",
        DefaultValueFactory = _ => DefaultBatch,
        CustomParser = OptionRules.AtLeast(1),
    };

    private readonly Option<bool> _skip = DataSource.CreateSkipOption();

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object; top1 and top5 are percentages" };

    public EvaluateCommand()
        : base("evaluate", "Measure a network's accuracy on labeled images.",
            "resnet evaluate cifar-10-batches-bin/test_batch.bin", "resnet evaluate imagenet/val --weights resnet50.pth --json")
    {
        Add(_data);
        _network.AddTo(this);
        Add(_batch);
        Add(_skip);
        Add(_json);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        ImageNetwork model = _network.Load(arguments, session);
        _network.RequireHead(arguments, model);
        DataSource data = DataSource.Open(arguments.GetRequiredValue(_data), model, _network.Files(arguments), arguments.GetValue(_skip), session);
        long start = Stopwatch.GetTimestamp();
        bool skips = arguments.GetValue(_skip);
        ClassificationMetrics metrics = DataSource.NamingTheOption(skips, () => session.WithProgress("evaluate", data.Count, printsMeanwhile: false, progress =>
            Evaluation.Run(model, data.Batches(arguments.GetValue(_batch)), session.Execution, progress, session.Cancellation)));
        foreach (SkippedImage image in data.Skipped) session.Warn($"skipped: {ErrorText.OneLine(image.Reason)}");
        if (metrics.Count == 0) throw new CommandFailedException("no image could be read");
        if (!double.IsFinite(metrics.Loss)) throw OutputCheck.NotFinite("logits", _network.NameOfWeights(arguments));
        double imagesPerSecond = metrics.Count / Stopwatch.GetElapsedTime(start).TotalSeconds;

        if (arguments.GetValue(_json)) JsonLine.Write(session.Out, line => Describe(line, metrics, imagesPerSecond, data.Skipped.Count));
        else Print(session.Out, metrics, imagesPerSecond, data.ClassNames);
        return ExitCode.Done;
    }

    private static double Percent(double share) => Math.Round(100 * share, 4);

    private static void Describe(Utf8JsonWriter line, ClassificationMetrics metrics, double imagesPerSecond, int skipped)
    {
        line.WriteNumber("images", metrics.Count);
        line.WriteFinite("top1", Percent(metrics.Top1));
        line.WriteFinite("top5", Percent(metrics.Top5));
        line.WriteFinite("loss", metrics.Loss);
        line.WriteFinite("images_per_s", Math.Round(imagesPerSecond, 2));
        if (skipped > 0) line.WriteNumber("skipped", skipped);
    }

    private static void Print(TextWriter output, ClassificationMetrics metrics, double imagesPerSecond, IReadOnlyList<string>? classNames)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"images    {metrics.Count}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"top-1     {100 * metrics.Top1:F2} %"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"top-5     {100 * metrics.Top5:F2} %"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"loss      {metrics.Loss:F4}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"images/s  {imagesPerSecond:F1}"));
        output.WriteLine();
        ConfusionTable.Write(output, metrics, classNames);
    }
}
