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
    private const int DefaultTop = 5;

    private readonly Argument<string[]> _paths = new("PATH")
    {
        Description = "Image files, folders of them, or - for one image on standard input",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly NetworkOptions _network = new();

    private readonly ClassNames _classes = new();

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
            "resnet classify cat.jpg photos/ --weights resnet50.pth --classes imagenet.txt",
            "resnet classify - --weights resnet18.safetensors --json < cat.jpg")
    {
        _paths.Validators.Add(OptionRules.RefuseUnknownOptions);
        Add(_paths);
        _network.AddTo(this);
        _classes.AddTo(this);
        Add(_top);
        Add(_json);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        List<string> files = InputImages.Expand(arguments.GetRequiredValue(_paths));
        ImageClassifier classifier = CreateClassifier(arguments, session);
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
                session.WriteError(image.Error!);
                failed++;
            }
            progress?.Report(++done);
        }
        return failed == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private ImageClassifier CreateClassifier(ParseResult arguments, Session session)
    {
        _classes.Require(arguments);
        ResNet model = _network.Load(arguments, session);
        _classes.NameClasses(arguments, model);
        if (model.Config.InChannels != 3)
            throw new InputException($"'{_network.WeightsPath(arguments)}' is of a network for {model.Config.InChannels} channels; images have 3");
        return new ImageClassifier(model, options: session.Execution);
    }

    /// <summary>One image that cannot be read must not stop the others, whatever is wrong with it.</summary>
    private static LoadedImage LoadImage(string file, ImagePreset preset, Session session)
    {
        try
        {
            return new LoadedImage(file, preset.Apply(InputImages.Load(file, session.Terminal)), Error: null);
        }
#pragma warning disable CA1031
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return new LoadedImage(file, Input: null, InputImages.Describe(file, exception));
        }
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
