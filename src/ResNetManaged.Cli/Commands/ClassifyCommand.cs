using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Cli.Options;
using ResNetManaged.Cli.Output;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;

namespace ResNetManaged.Cli.Commands;

/// <summary>Classifies images.</summary>
internal sealed class ClassifyCommand : CliCommand
{
    private const int DefaultTop = 5;

    private readonly Argument<string[]> _paths = ImagePaths.CreateArgument("Image files, folders of images, or - for one image on standard input");

    private readonly NetworkOptions _network = new();

    private readonly ClassNames _classes = new();

    private readonly Option<int> _top = new("--top")
    {
        Description = "Classes to print for each image",
        HelpName = "N",
        DefaultValueFactory = _ => DefaultTop,
        CustomParser = OptionRules.AtLeast(1),
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object per line" };

    public ClassifyCommand()
        : base("classify", "Classify images.",
            "resnet classify cat.jpg",
            "resnet classify cat.jpg photos/ --weights resnet50.pth --classes imagenet",
            "resnet classify - --weights resnet18.safetensors --json < cat.jpg")
    {
        Add(_paths);
        _network.AddTo(this);
        _classes.AddTo(this);
        Add(_top);
        Add(_json);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        List<ImageSource> images = ImagePaths.Expand(arguments.GetRequiredValue(_paths), _network.Files(arguments), session);
        ImageClassifier classifier = CreateClassifier(arguments, session);
        int top = arguments.GetValue(_top);
        Action<string, IReadOnlyList<Prediction>> print = arguments.GetValue(_json)
            ? (file, predictions) => JsonLine.Write(session.Out, line => Describe(line, file, predictions))
            : (file, predictions) => Print(session.Out, file, predictions);
        return session.WithProgress("classify", images.Count, printsMeanwhile: true,
            progress => Classify(classifier.ClassifyImages(images, top, progress: progress, cancellationToken: session.Cancellation), print,
                _network.NameOfWeights(arguments), session));
    }

    private static int Classify(
        IAsyncEnumerable<ImageResult<IReadOnlyList<Prediction>>> results, Action<string, IReadOnlyList<Prediction>> print, string network, Session session)
    {
        int exitCode = ExitCode.Done;
        foreach (ImageResult<IReadOnlyList<Prediction>> result in results.ToBlockingEnumerable())
        {
            Exception? fault = result.Error
                ?? OutputCheck.FaultOf([.. result.Value!.Select(prediction => prediction.Probability)], "probabilities", network);
            if (fault is null)
            {
                print(result.Name, result.Value!);
                session.Out.Flush();
            }
            else
            {
                session.ReportImage(result.Name, fault);
                exitCode = ExitCode.Failed;
            }
        }
        return exitCode;
    }

    private ImageClassifier CreateClassifier(ParseResult arguments, Session session)
    {
        _classes.Require(arguments);
        ImageNetwork model = _network.LoadClassifier(arguments, session);
        _classes.NameClasses(arguments, model);
        return new ImageClassifier(model, options: session.Execution);
    }

    private static void Describe(Utf8JsonWriter line, string file, IReadOnlyList<Prediction> predictions)
    {
        line.WriteString("file", file);
        line.WriteStartArray("predictions");
        foreach (Prediction prediction in predictions)
        {
            line.WriteStartObject();
            line.WriteNumber("index", prediction.Index);
            line.WriteString("label", prediction.Label);
            line.WriteFinite("probability", prediction.Probability);
            line.WriteEndObject();
        }
        line.WriteEndArray();
    }

    private static void Print(TextWriter output, string file, IReadOnlyList<Prediction> predictions)
    {
        output.WriteLine(file);
        foreach (Prediction prediction in predictions)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {100 * prediction.Probability,6:F2} %  {prediction.Index,4}  {prediction.Label}").TrimEnd());
        }
    }
}
