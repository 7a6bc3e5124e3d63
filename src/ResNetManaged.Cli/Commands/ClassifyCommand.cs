using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ResNetManaged.Datasets;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Tensors;

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

    private readonly NetworkOptions _network = new();

    private readonly Option<string?> _classes = new("--classes")
    {
        Description = "The names of the classes, one a line in the order of the logits; by default those in the checkpoint",
        HelpName = "FILE",
    };

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
        _network.AddTo(this);
        Add(_classes);
        Add(_top);
        Add(_json);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        string[] paths = arguments.GetRequiredValue(_paths);
        if (paths.Count(path => path == StandardInput) > 1) throw new UsageException("standard input, -, can be read only once");
        ImageClassifier classifier = CreateClassifier(arguments, session);
        List<string> files = [.. paths.SelectMany(Expand)];
        int top = arguments.GetValue(_top);
        Action<string, IReadOnlyList<Prediction>> print = arguments.GetValue(_json)
            ? (file, predictions) => JsonLine.Write(session.Out, line => Describe(line, file, predictions))
            : (file, predictions) => Print(session.Out, file, predictions);
        return session.WithProgress("classify", files.Count, printsMeanwhile: true,
            progress => Classify(files, classifier, top, print, session, progress));
    }

    /// <summary>Images are decoded and preprocessed on other threads while the network works on the one before them.</summary>
    /// <remarks>One at a time: ResNet-18 in batches of 2, 4 and 8 gave no more images a second (two threads), and takes more memory.</remarks>
    private static int Classify(List<string> files, ImageClassifier classifier, int top, Action<string, IReadOnlyList<Prediction>> print,
        Session session, IProgress<int>? progress)
    {
        int done = 0, failed = 0;
        int ahead = session.Execution.Threads == 1 ? 0 : session.Execution.Threads;
        foreach (LoadedImage image in Prefetch.InOrder(files, file => LoadImage(file, classifier.Preset, session), ahead, session.Cancellation))
        {
            session.Cancellation.ThrowIfCancellationRequested();
            if (image.Input is not null)
            {
                print(image.File, classifier.Classify(image.Input, top)[0]);
                session.Out.Flush();
            }
            else
            {
                session.WriteError($"{Errors.OneLine(image.File)}: {image.Error}");
                failed++;
            }
            progress?.Report(++done);
        }
        return failed == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private ImageClassifier CreateClassifier(ParseResult arguments, Session session)
    {
        string? classesFile = arguments.GetValue(_classes);
        if (classesFile is not null) InputFile.Require(classesFile);
        string[]? labels = classesFile is null ? null : InputFile.ReadLines(classesFile);
        ResNet model = _network.Load(arguments, session);
        if (labels is not null && labels.Length != model.Config.NumClasses)
            throw new InputException($"'{classesFile}' has {labels.Length} lines; the model has {model.Config.NumClasses} classes");
        if (model.Config.InChannels != 3)
            throw new InputException($"{_network.NameOfWeights(arguments)} is of a network for {model.Config.InChannels} channels; images have 3");
        return new ImageClassifier(model, labels: labels, options: session.Execution);
    }

    private static IEnumerable<string> Expand(string path)
    {
        if (path.Length == 0) throw new InputException("the name of an image is empty");
        if (!Directory.Exists(path)) return [path];
        IReadOnlyList<string> files = ImageFolder.FindFiles(path);
        return files.Count > 0 ? files : throw new InputException($"the folder '{path}' has no JPEG, PNG, BMP or GIF files");
    }

    /// <summary>One image that cannot be read must not stop the others, whatever is wrong with it.</summary>
    private static LoadedImage LoadImage(string file, ImagePreset preset, Session session)
    {
        try
        {
            return new LoadedImage(file, preset.Apply(ReadImage(file, session.Terminal)), Error: null);
        }
#pragma warning disable CA1031
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return new LoadedImage(file, Input: null, Errors.OneLine((exception as ImageException)?.Reason ?? Errors.Describe(exception)));
        }
    }

    private static RgbImage ReadImage(string file, Terminal terminal)
    {
        if (file != StandardInput) return ImageFile.Load(file);
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

    /// <summary>An image's place in the output: its input for the network, or why there is none.</summary>
    private readonly record struct LoadedImage(string File, Tensor? Input, string? Error);
}
