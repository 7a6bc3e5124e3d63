using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using ResNetManaged.Cifar10;
using ResNetManaged.Cli.Options;
using ResNetManaged.ImageNet18;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Search;

namespace ResNetManaged.Cli.Commands;

/// <summary>Shows in one call that everything works: a network's table, a trained network that classifies images, and one that compares them.</summary>
/// <remarks>The networks and the images are built in: src/ResNetManaged.Cifar10, src/ResNetManaged.ImageNet18, samples/pictures.</remarks>
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
        : base("demo", "Print the textbook ResNet-34, then classify pictures with a small trained network and find similar ones.",
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
        List<(string Name, RgbImage Image)> images = [];
        foreach (ImageSource source in files.Length > 0 ? files.Select(file => ImageSource.File(file)) : OwnPictures())
        {
            session.Cancellation.ThrowIfCancellationRequested();
            RgbImage image = source.Load();
            Classify(classifier, source, image, session.Out);
            images.Add((source.Name, image));
        }
        FindSimilar(images, session);
        return ExitCode.Done;
    }

    /// <summary>Prints which of the built-in pictures, other than itself, is most similar to each image.</summary>
    private static void FindSimilar(List<(string Name, RgbImage Image)> images, Session session)
    {
        ImageEmbedder embedder = ImageNet18Network.CreateEmbedder(session.Execution);
        ImageSource[] pictures = [.. OwnPictures()];
        EmbeddingIndex index = new(embedder.Embed([.. pictures.Select(picture => picture.Load())]), [.. pictures.Select(picture => picture.Name)]);
        session.Out.WriteLine();
        session.Out.WriteLine("The most similar of the built-in pictures, by the features of a ResNet trained on ImageNet:");
        foreach ((string name, RgbImage image) in images)
        {
            session.Cancellation.ThrowIfCancellationRequested();
            Neighbor nearest = index.Nearest(embedder.Embed(image), top: 2).First(neighbor => index.Names![neighbor.Index] != name);
            session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name}: {index.Names![nearest.Index]} ({nearest.Similarity:F2})"));
        }
    }

    private static void Classify(ImageClassifier classifier, ImageSource source, RgbImage image, TextWriter output)
    {
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
