using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Cli;
using ResNetManaged.Cli.Output;
using ResNetManaged.Imaging;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Tests.Support;
using ResNetManaged.Tests.Support.Files;

namespace ResNetManaged.Tests.Cli.Commands;

public sealed class FinetuneCommandTests : CliTest
{
    private string Data => ColoredImages.Write(Folder, "data", perClass: 10);

    private string Output => Folder["new/out.safetensors"];

    private string OutputFolder => Path.GetDirectoryName(Output)!;

    [Test]
    public void ANewHeadLearnsTheClassesOfAFolder()
    {
        string data = Data;
        JsonElement line = Finetune(data, "--report", Folder["report.html"]);
        Assert.That(CliResult.FieldsOf(line), Is.EqualTo(new[]
        {
            "output", "classes", "training_images", "validation_images", "features_cached", "epochs", "best_epoch", "validation_accuracy",
            "validation_loss", "seconds",
        }));
        Assert.That(line.GetProperty("classes").EnumerateArray().Select(name => name.GetString()), Is.EqualTo(ColoredImages.ClassNames));
        Assert.That(line.GetProperty("training_images").GetInt32(), Is.EqualTo(24));
        Assert.That(line.GetProperty("validation_images").GetInt32(), Is.EqualTo(6));
        Assert.That(line.GetProperty("validation_accuracy").GetDouble(), Is.EqualTo(1));
        Assert.That(line.GetProperty("features_cached").GetBoolean(), Is.False);

        ResNet model = ResNetCheckpoint.Load(Output);
        Assert.That(model.ClassNames, Is.EqualTo(ColoredImages.ClassNames));
        Assert.That(model.StateDict()["conv1.weight"].ReadOnlySpan.ToArray(), Is.EqualTo(TinyData.Network().StateDict()["conv1.weight"].ReadOnlySpan.ToArray()));
        Assert.That(File.ReadAllText(Folder["report.html"]), Does.Contain("<th>green</th>").And.EndsWith("</html>\n"));

        string unseen = Folder.Write("unseen.png", ImageFile.EncodePng(ColoredImages.Create(label: 2, side: 32, seed: 1234)));
        Assert.That(Run("classify", unseen, "--weights", Output, "--top", "1").Out, Does.EndWith("red\n"));
        Assert.That(Run("evaluate", data, "--weights", Output).Out, Does.Contain("top-1     100.00 %").And.Contain("2 red"));
    }

    [Test]
    public void ASecondRunReadsCachedFeaturesAndGivesTheSameFile()
    {
        string data = Data;
        Finetune(data, "--cache", Folder["cache"]);
        byte[] first = File.ReadAllBytes(Output);
        JsonElement line = Finetune(data, "--cache", Folder["cache"], "--threads", "1");
        Assert.That(line.GetProperty("features_cached").GetBoolean());
        Assert.That(File.ReadAllBytes(Output), Is.EqualTo(first));
        Finetune(data, "--cache", Folder["cache"], "--seed", "1");
        Assert.That(File.ReadAllBytes(Output), Is.Not.EqualTo(first));
    }

    [Test]
    public void ValidationDataCanBeGivenSeparately()
    {
        string data = Data, others = ColoredImages.Write(Folder, "others", perClass: 3, firstSeed: 100);
        JsonElement line = Finetune(data, "--validation", others);
        Assert.That(line.GetProperty("training_images").GetInt32(), Is.EqualTo(30));
        Assert.That(line.GetProperty("validation_images").GetInt32(), Is.EqualTo(9));
        Directory.Move(Folder["others/red"], Folder["others/rot"]);
        AssertRefused(data, ["--validation", others], "'rot'", "'red'");
    }

    [TestCase("last-stage", "layer3.")]
    [TestCase("none", "")]
    public void OnlyTheUnfrozenPartChanges(string freeze, string changing)
    {
        JsonElement line = Finetune(Data, "--freeze", freeze, "--epochs", "2", "--report", Folder["report.html"]);
        Assert.That(line.GetProperty("epochs").GetInt32(), Is.EqualTo(2));
        StateDict before = TinyData.Network().StateDict(), after = ResNetCheckpoint.Load(Output).StateDict();
        foreach (string name in after.Keys.Where(name => !name.StartsWith("linear.", StringComparison.Ordinal)))
        {
            bool same = after[name].ReadOnlySpan.SequenceEqual(before[name].ReadOnlySpan);
            Assert.That(same, Is.EqualTo(!name.StartsWith(changing, StringComparison.Ordinal)), name);
        }
        Assert.That(Directory.GetFiles(OutputFolder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "out.safetensors", "out.log.jsonl" }));
        Assert.That(File.ReadAllText(Folder["report.html"]), Does.Contain("validation, epoch 2:"));
    }

    [TestCase("last-stage")]
    [TestCase("none")]
    public void AStoppedRunResumesAndEndsWithTheSameFile(string freeze)
    {
        string data = Data;
        string[] arguments = ["finetune", data, "--weights", Weights, "--output", Output, "--freeze", freeze, "--epochs", "3"];
        Assert.That(Run([.. arguments, "--quiet"]).ExitCode, Is.Zero);
        byte[] expected = File.ReadAllBytes(Output);
        File.Delete(Output);

        using CancellationTokenSource cancellation = new();
        using CancellingWriter error = new(cancellation); // after the line of the first epoch
        Assert.That(ResNetCommandLine.Run(arguments, new Terminal(TextWriter.Null, error, () => Stream.Null), cancellation.Token), Is.EqualTo(130));

        AssertFails(Run(arguments), 1, "out.last.safetensors", "--resume");
        AssertFails(Run("finetune", data, "--resume", Output, "--weights", Weights, "--seed", "7"), 2, "--seed '7'", "started without --seed");
        AssertFails(Run("finetune", data, "--resume", Output, "--weights", Weights, "--epochs", "4"), 2, "--epochs '4'", "started with --epochs '3'");
        CliResult resumed = Run("finetune", data, "--resume", Output, "--weights", Weights, "--report", Folder["report.html"]);
        Assert.That(resumed.ExitCode, Is.Zero, resumed.Error);
        Assert.That(resumed.ErrorLines, Has.Length.EqualTo(2), "the second and the third epoch");
        Assert.That(File.ReadAllBytes(Output), Is.EqualTo(expected));
        Assert.That(File.ReadAllText(Folder["report.html"]), Does.Contain("validation, epoch "));
        Assert.That(Directory.GetFiles(OutputFolder, "*.last.*"), Is.Empty);
    }

    [Test]
    public void TextOutputIsATable() => Assert.That(Run("finetune", Data, "--weights", Weights, "--output", Output, "--lr", "0.01").Out,
        Does.Contain("out.safetensors: 3 classes").And.Contain("validation  100.00 % of 6 images").And.Contain("confusion matrix"));

    [Test]
    public void BadDataIsOneLineAndNothingIsWritten()
    {
        string data = Data;
        AssertRefused(Directory.CreateDirectory(Folder["empty"]).FullName, [], "empty", "has no folders");
        Folder.Write("one/cat/1.png", ImageFile.EncodePng(ColoredImages.Create(0, 8, 1)));
        AssertRefused(Folder["one"], [], "has one class, 'cat'");
        AssertRefused(Folder["none"], [], "there is no file or folder");
        Directory.CreateDirectory(Folder["data/violet"]);
        AssertRefused(data, [], "violet", "has no image");
        string bad = Folder.Write("data/violet/bad.png", [1, 2, 3]);
        Folder.Write("data/violet/good.png", ImageFile.EncodePng(ColoredImages.Create(0, 8, 1)));
        AssertRefused(data, [], bad, "not a JPEG");
    }

    [Test]
    public void BadWeightsAreOneLineAndNothingIsWritten()
    {
        string data = Data;
        AssertFails(Run("finetune", data, "--weights", Weights, "--model", "resnet50", "--output", Output), 1, "not resnet50");
        AssertFails(Run("finetune", data, "--weights", Folder.Write("text", [65, 66, 67]), "--output", Output), 1, "text", "expected a torch checkpoint");
        AssertFails(Run("finetune", data, "--weights", Folder["no"], "--output", Output), 1, "there is no file");
        Assert.That(Directory.GetFileSystemEntries(OutputFolder), Is.Empty);
    }

    [TestCase("--lr", "NaN", "--lr 'NaN' is not a number above 0")]
    [TestCase("--lr", "0", "--lr '0'")]
    [TestCase("--lr", "-1e-3", "-1e-3")]
    [TestCase("--epochs", "0", "--epochs '0'")]
    [TestCase("--freeze", "body", "head-only|last-stage|none")]
    [TestCase("--validation", "1.5", "--validation '1.5' is not a share")]
    public void InvalidOptionsAreUsageErrors(string option, string value, string message) =>
        AssertFails(Run("finetune", Data, "--weights", Weights, "--output", Output, option, value), 2, message);

    [Test]
    [Platform("Linux")]
    public void AFullDiskIsAnError()
    {
        CliResult result = Run("finetune", Data, "--weights", Weights, "--output", "/dev/full", "--cache", Folder["cache"]);
        AssertFails(result, 1, "No space left on device");
    }

    private JsonElement Finetune(string data, params string[] options) =>
        Run(["finetune", data, "--weights", Weights, "--output", Output, "--lr", "0.01", "--json", "--quiet", .. options]).Json().Single();

    private void AssertRefused(string data, string[] options, params string[] mentioned)
    {
        string[] before = Directory.GetFiles(OutputFolder);
        AssertFails(Run(["finetune", data, "--weights", Weights, "--output", Output, .. options]), 1, mentioned);
        Assert.That(Directory.GetFiles(OutputFolder), Is.EqualTo(before));
    }
}
