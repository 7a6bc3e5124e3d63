using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cli.Commands;

public sealed class ClassifyCommandTests : CliTest
{
    [Test]
    public void JsonHasTheFileAndItsPredictionsInOrder()
    {
        string image = Folder.Write("a.bmp", TinyData.Bmp());
        File.WriteAllLines(Folder["names.txt"], Enumerable.Range(0, 10).Select(i => $"náme {i}"));
        JsonElement line = Run("classify", image, "--weights", Weights, "--classes", Folder["names.txt"], "--top", "3", "--json").Json().Single();

        Assert.That(CliResult.FieldsOf(line), Is.EqualTo(new[] { "file", "predictions" }));
        Assert.That(line.GetProperty("file").GetString(), Is.EqualTo(image));
        IReadOnlyList<Prediction> expected = new ImageClassifier(TinyData.Network()).Classify(ImageFile.Load(image), top: 3);
        JsonElement[] predictions = [.. line.GetProperty("predictions").EnumerateArray()];
        Assert.That(predictions, Has.Length.EqualTo(3));
        for (int i = 0; i < predictions.Length; i++)
        {
            Assert.That(CliResult.FieldsOf(predictions[i]), Is.EqualTo(new[] { "index", "label", "probability" }));
            Assert.That(predictions[i].GetProperty("index").GetInt32(), Is.EqualTo(expected[i].Index));
            Assert.That(predictions[i].GetProperty("label").GetString(), Is.EqualTo($"náme {expected[i].Index}"));
            Assert.That(predictions[i].GetProperty("probability").GetSingle(), Is.EqualTo(expected[i].Probability));
        }
    }

    [Test]
    public void LabelsAreNullWithoutClassNames()
    {
        JsonElement line = Run("classify", Folder.Write("a.bmp", TinyData.Bmp()), "--weights", Weights, "--json").Json().Single();
        Assert.That(line.GetProperty("predictions")[0].GetProperty("label").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public void NamesInTheCheckpointAreUsedUnlessOthersAreGiven()
    {
        ResNet model = TinyData.Network();
        model.ClassNames = [.. Enumerable.Range(0, 10).Select(i => $"kept {i}")];
        ResNetCheckpoint.Save(Folder["named.safetensors"], model);
        string[] command = ["classify", Folder.Write("a.bmp", TinyData.Bmp()), "--weights", Folder["named.safetensors"], "--top", "1"];
        Assert.That(Run(command).Out, Does.Match("kept [0-9]\n$"));
        File.WriteAllLines(Folder["names.txt"], Enumerable.Range(0, 10).Select(i => $"given {i}"));
        Assert.That(Run([.. command, "--classes", Folder["names.txt"]]).Out, Does.Match("given [0-9]\n$"));
    }

    [Test]
    public void WithoutWeightsTheShippedNetworkClassifiesTheSamples()
    {
        string folder = Path.Combine(Repository.Root, "samples", "pictures");
        foreach (JsonElement line in Run("classify", folder, "--top", "1", "--json").Json())
        {
            Assert.That(line.GetProperty("predictions")[0].GetProperty("label").GetString(),
                Is.EqualTo(Path.GetFileNameWithoutExtension(line.GetProperty("file").GetString())));
        }
    }

    [TestCase("1")]
    [TestCase("3")]
    public void FoldersAreSearchedRecursivelyInOrder(string threads)
    {
        string[] names = ["photos/B.bmp", "photos/a.bmp", "photos/deep/er/c.BMP", "photos/z.bmp"];
        foreach (string name in names) Folder.Write(name, TinyData.Bmp(seed: name.Length));
        Folder.Write("photos/notes.txt", [1]);
        JsonElement[] lines = Run("classify", Folder["photos"], "--weights", Weights, "--json", "--threads", threads).Json();
        Assert.That(lines.Select(line => line.GetProperty("file").GetString()), Is.EqualTo(names.Select(name => Folder[name])));
    }

    [Test]
    public void DashIsStandardInput()
    {
        byte[] image = TinyData.Bmp(width: 50, height: 40);
        string[] options = ["--weights", Weights, "--json"];
        JsonElement piped = RunWithInput(image, ["classify", "-", .. options]).Json().Single();
        JsonElement read = Run(["classify", Folder.Write("a.bmp", image), .. options]).Json().Single();
        Assert.That(piped.GetProperty("file").GetString(), Is.EqualTo("-"));
        Assert.That(piped.GetProperty("predictions").GetRawText(), Is.EqualTo(read.GetProperty("predictions").GetRawText()));
    }

    [Test]
    public void AnUnreadableImageDoesNotStopTheOthers()
    {
        string good = Folder.Write("good.bmp", TinyData.Bmp()), bad = Folder.Write("bad.bmp", TinyData.Bmp()[..100]);
        CliResult result = Run("classify", good, bad, Folder["missing.jpg"], good, "--weights", Weights, "--json");
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.OutLines, Has.Length.EqualTo(2));
        Assert.That(result.ErrorLines, Is.EqualTo(new[]
        {
            $"error: {bad}: the file is truncated", $"error: {Folder["missing.jpg"]}: there is no such file",
        }));
    }

    [Test]
    public void AnImageThatClaimsAGiganticSizeIsRejected()
    {
        string image = Folder.Write("huge.bmp", TinyData.Bmp(claimedSide: 60_000));
        AssertFails(Run("classify", image, "--weights", Weights), 1, image, "60000 x 60000");
    }

    [Test]
    public void AFolderWithoutImagesIsAnError() =>
        AssertFails(Run("classify", Directory.CreateDirectory(Folder["empty"]).FullName, "--weights", Weights), 1, Folder["empty"]);

    [Test]
    public void AnEmptyNameIsRejected() => AssertFails(Run("classify", "", "--weights", Weights), 1, "the name of an image is empty");

    [Test]
    public void AnOversizedFileOfClassNamesIsRejected() => AssertFails(
        Run("classify", "a.jpg", "--weights", Weights, "--classes", Folder.Write("names.txt", new byte[10_000_000])),
        1, "names.txt", "more than 2097152 characters");

    [Test]
    public void TheNumberOfNamesMustMatchTheClasses()
    {
        File.WriteAllLines(Folder["names.txt"], ["cat", "dog"]);
        AssertFails(Run("classify", "a.jpg", "--weights", Weights, "--classes", Folder["names.txt"]), 1, "names.txt", "2 names", "10 classes");
    }

    [Test]
    public void TextOutputShowsPercentages()
    {
        string image = Folder.Write("a.bmp", TinyData.Bmp());
        CliResult result = Run("classify", image, "--weights", Weights, "--top", "2");
        Assert.That(result.OutLines, Has.Length.EqualTo(3));
        Assert.That(result.OutLines[0], Is.EqualTo(image));
        Assert.That(result.OutLines[1], Does.Match(@"^ +\d+\.\d\d %  +\d$"));
    }

    [Test]
    public void CancellationIsExitCode130()
    {
        CliResult result = Run(Stream.Null, new CancellationToken(canceled: true),
            "classify", Folder.Write("a.bmp", TinyData.Bmp()), "--weights", Weights);
        Assert.That(result.ExitCode, Is.EqualTo(130));
        Assert.That(result.Out + result.Error, Is.Empty);
    }
}
