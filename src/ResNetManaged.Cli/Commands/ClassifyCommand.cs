using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;

namespace ResNetManaged.Cli.Commands;

/// <summary>Says what is on photographs.</summary>
internal sealed class ClassifyCommand : CliCommand
{
    private const string StandardInput = "-";
    private const int DefaultTop = 5;

    private readonly Argument<string[]> _paths = new("PATH")
    {
        Description = "Image files, folders of them, or - for one image on standard input",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly ClassifierOptions _classifier = new();

    private readonly Option<int> _top = new("--top")
    {
        Description = "Classes to print for each image",
        HelpName = "N",
        DefaultValueFactory = _ => DefaultTop,
        CustomParser = OptionRules.AtLeast(1),
    };

    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a line" };

    public ClassifyCommand()
        : base("classify", "Classify photographs.",
            "resnet classify cat.jpg",
            "resnet classify cat.jpg photos/ --weights resnet50.pth --classes imagenet.txt",
            "resnet classify - --weights resnet18.safetensors --json < cat.jpg")
    {
        _paths.Validators.Add(OptionRules.RefuseUnknownOptions);
        Add(_paths);
        _classifier.AddTo(this);
        Add(_top);
        Add(_json);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        string[] paths = arguments.GetRequiredValue(_paths);
        if (paths.Count(path => path == StandardInput) > 1) throw new UsageException("standard input, -, can be read only once");
        ImageClassifier classifier = CreateClassifier(arguments, session);
        List<ImageSource> images = [.. paths.SelectMany(path => Expand(path, session.Terminal))];
        int top = arguments.GetValue(_top);
        Action<string, IReadOnlyList<Prediction>> print = arguments.GetValue(_json)
            ? (file, predictions) => JsonLine.Write(session.Out, line => Describe(line, file, predictions))
            : (file, predictions) => Print(session.Out, file, predictions);
        return session.WithProgress("classify", images.Count, printsMeanwhile: true,
            progress => Classify(classifier.ClassifyImages(images, top, progress: progress, cancellationToken: session.Cancellation), print, session));
    }

    private static int Classify(
        IAsyncEnumerable<ImageResult<IReadOnlyList<Prediction>>> results, Action<string, IReadOnlyList<Prediction>> print, Session session)
    {
        int exitCode = ExitCode.Done;
        foreach (ImageResult<IReadOnlyList<Prediction>> result in results.ToBlockingEnumerable())
        {
            if (result.Succeeded)
            {
                print(result.Name, result.Value);
                session.Out.Flush();
            }
            else
            {
                session.WriteError($"{Errors.OneLine(result.Name)}: {Errors.ReasonOf(result.Error)}");
                exitCode = ExitCode.Failed;
            }
        }
        return exitCode;
    }

    private ImageClassifier CreateClassifier(ParseResult arguments, Session session)
    {
        (ResNet model, IReadOnlyList<string>? labels) = _classifier.Load(arguments, session);
        return new ImageClassifier(model, labels: labels, options: session.Execution);
    }

    private static IEnumerable<ImageSource> Expand(string path, Terminal terminal)
    {
        if (path.Length == 0) throw new InputException("the name of an image is empty");
        if (path == StandardInput) return [new ImageSource(path, () => Read(terminal))];
        if (!Directory.Exists(path)) return [ImageSource.File(path)];
        IReadOnlyList<string> files = ImageFolder.FindFiles(path);
        return files.Count > 0
            ? files.Select(file => ImageSource.File(file))
            : throw new InputException($"the folder '{path}' has no JPEG, PNG, BMP or GIF files");
    }

    private static RgbImage Read(Terminal terminal)
    {
        using Stream input = terminal.OpenInput();
        return ImageFile.Load(input);
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
