using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using ResNetManaged.Cifar10;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;

namespace ResNetManaged.Cli.Commands;

/// <summary>Shows in one call that all of it works: the article's table, then a trained network that looks at a picture.</summary>
/// <remarks>The network and the picture are part of the program; Demo/README.md says where they come from.</remarks>
internal sealed class DemoCommand : CliCommand
{
    private const string Picture = "boat.jpg";
    private const int Top = 3;

    private readonly Argument<string[]> _images = new("IMAGE")
    {
        Description = "Image files to look at; by default a picture of a boat that comes with the program",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public DemoCommand()
        : base("demo", "Print the textbook ResNet-34, then let a small trained network name what is on a picture.",
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
            $"{ResNetVariants.NameOf(classifier.Model.Config)}, trained on CIFAR-10's ten classes (isa {session.Isa}, {session.Execution.Threads} threads):"));

        string[] files = arguments.GetValue(_images) ?? [];
        foreach (string file in files.DefaultIfEmpty(Picture)) Classify(classifier, file, files.Length == 0, session);
        return ExitCode.Done;
    }

    private static void Classify(ImageClassifier classifier, string file, bool ownPicture, Session session)
    {
        session.Cancellation.ThrowIfCancellationRequested();
        RgbImage image = ownPicture ? LoadPicture() : ImageFile.Load(file);
        IReadOnlyList<Prediction> predictions = classifier.Classify(image, Top); // the first call also compiles the kernels
        long start = Stopwatch.GetTimestamp();
        classifier.Classify(image, Top);
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;

        session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file}, {image.Width} x {image.Height}, {milliseconds:F1} ms"));
        foreach (Prediction prediction in predictions)
            session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {100 * prediction.Probability,6:F2} %  {prediction.Label}"));
    }

    private static RgbImage LoadPicture()
    {
        using Stream picture = Open(Picture);
        return ImageFile.Load(picture);
    }

    private static Stream Open(string name) => typeof(DemoCommand).Assembly.GetManifestResourceStream(name)
        ?? throw new InvalidOperationException($"The program lacks its resource '{name}'.");
}
