using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using ResNetManaged.Cifar10;
using ResNetManaged.Cli.Options;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Cli.Commands;

/// <summary>Shows in one call that everything works: a network's table, then a trained network that classifies images.</summary>
/// <remarks>The network and the images are built in: src/ResNetManaged.Cifar10, samples/pictures.</remarks>
internal sealed class DemoCommand : CliCommand
{
    private const string PicturePrefix = "pictures/";
    private const int Top = 3;

    private static readonly Assembly Program = typeof(DemoCommand).Assembly;

    private readonly Argument<string[]> _images = new("IMAGE")
    {
        Description = "Image files; by default the built-in pictures",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public DemoCommand()
        : base("demo", "Print the textbook ResNet-34, then classify pictures with a small trained network.",
            "resnet demo", "resnet demo my-cat.jpg")
    {
        _images.Validators.Add(OptionRules.RefuseUnknownOptions);
        Add(_images);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        session.Out.WriteLine(ModelSummary.Create(ResNet.Create("textbook_resnet34"), [10, 3, 224, 224], depth: 1));
        session.Out.WriteLine();

        ImageClassifier classifier = Cifar10Network.CreateClassifier(session.Execution);
        session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{classifier.Model.Title}, trained on CIFAR-10's ten classes (isa {session.Isa}, {session.Execution.Threads} threads):"));

        string[] files = arguments.GetValue(_images) ?? [];
        foreach (ImageSource image in files.Length > 0 ? files.Select(file => ImageSource.File(file)) : OwnPictures())
        {
            session.Cancellation.ThrowIfCancellationRequested();
            Classify(classifier, image, session.Out);
        }
        return ExitCode.Done;
    }

    private static void Classify(ImageClassifier classifier, ImageSource source, TextWriter output)
    {
        RgbImage image = source.Load();
        IReadOnlyList<Prediction> predictions = classifier.Classify(image, Top); // the first call also compiles the kernels
        long start = Stopwatch.GetTimestamp();
        classifier.Classify(image, Top);
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{source.Name}, {image.Width} x {image.Height}, {milliseconds:F1} ms"));
        foreach (Prediction prediction in predictions)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {100 * prediction.Probability,6:F2} %  {prediction.Label}"));
    }

    private static IEnumerable<ImageSource> OwnPictures() => Program.GetManifestResourceNames()
        .Where(name => name.StartsWith(PicturePrefix, StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)
        .Select(name => new ImageSource(name[PicturePrefix.Length..], () => Load(name)));

    private static RgbImage Load(string name)
    {
        using Stream picture = Program.GetManifestResourceStream(name)!;
        return ImageFile.Load(picture);
    }
}
