using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;
using ResNetManaged.Explaining;
using ResNetManaged.Imaging;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cli.Commands;

public sealed class ExplainCommandTests : CliTest
{
    private string Output => Folder["heat.png"];

    [Test]
    public void OneImageIsSavedInItsOwnSize()
    {
        string image = Folder.Write("a.bmp", TinyData.Bmp(50, 40));
        JsonElement line = Run("explain", image, "--output", Output, "--weights", Weights, "--class", "3", "--stage", "2", "--json").Json().Single();
        RgbImage picture = ImageFile.Load(image);
        HeatMap heat = new GradCam(TinyData.Network()).Explain(picture, classIndex: 3, stage: 1);
        Assert.That(ImageFile.Load(Output).Pixels.ToArray(), Is.EqualTo(heat.Overlay(picture).Pixels.ToArray()));
        Assert.That(CliResult.FieldsOf(line), Is.EqualTo(new[] { "file", "method", "index", "label", "probability" }));
        Assert.That(line.GetProperty("file").GetString(), Is.EqualTo(image));
        Assert.That(line.GetProperty("method").GetString(), Is.EqualTo("grad-cam"));
        Assert.That(line.GetProperty("index").GetInt32(), Is.EqualTo(3));
        Assert.That(line.GetProperty("label").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(line.GetProperty("probability").GetSingle(), Is.EqualTo(heat.Probability));
    }

    [Test]
    public void OcclusionCanBeChosen()
    {
        string image = Folder.Write("a.bmp", TinyData.Bmp());
        JsonElement line = Run("explain", image, "--output", Output, "--weights", Weights, "--method", "occlusion", "--json").Json().Single();
        RgbImage picture = ImageFile.Load(image);
        HeatMap heat = new Occlusion(TinyData.Network()).Explain(picture);
        Assert.That(ImageFile.Load(Output).Pixels.ToArray(), Is.EqualTo(heat.Overlay(picture).Pixels.ToArray()));
        Assert.That(line.GetProperty("method").GetString(), Is.EqualTo("occlusion"));
    }

    [Test]
    public void AClassCanBeGivenByName()
    {
        ResNet model = TinyData.Network();
        model.ClassNames = [.. Enumerable.Range(0, 10).Select(i => $"kind {i}")];
        ResNetCheckpoint.Save(Folder["named.safetensors"], model);
        string image = Folder.Write("a.bmp", TinyData.Bmp());
        string[] command = ["explain", image, "--output", Output, "--weights", Folder["named.safetensors"]];
        CliResult result = Run([.. command, "--class", "Kind 7"]);
        Assert.That(result.Out, Does.Match($@"^{Regex.Escape(image)}\n +[0-9.]+ % +7  kind 7\n$"));
        AssertFails(Run([.. command, "--class", "cat"]), 2, "'cat'", "10 classes");
        AssertFails(Run("explain", image, "--output", Output, "--weights", Weights, "--class", "cat"), 2, "--classes");
    }

    [Test]
    public void SeveralReadableImagesBecomeASheet()
    {
        foreach (string name in (string[])["p/a.bmp", "p/b.bmp", "p/d.bmp"]) Folder.Write(name, TinyData.Bmp(seed: name[2]));
        Folder.Write("p/c.bmp", [1, 2, 3]);
        CliResult result = Run("explain", Folder["p"], "--output", Output, "--weights", Weights);
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.ErrorLines.Single(), Does.Contain("c.bmp"));
        Assert.That(result.OutLines, Has.Length.EqualTo(6));
        RgbImage sheet = ImageFile.Load(Output);
        Assert.That((sheet.Width, sheet.Height), Is.EqualTo((2 * 232 + 8, 3 * 232 + 8)), "each row has an image and its heat map");
    }

    [Test]
    public void NothingIsWrittenIfNoImageCanBeExplained()
    {
        CliResult result = Run("explain", Folder.Write("a.bmp", [1, 2, 3]), "--output", Output, "--weights", Weights);
        AssertFails(result, 1, "a.bmp");
        Assert.That(File.Exists(Output), Is.False);
    }

    [Test]
    public void WrongUsageIsRejected()
    {
        string image = Folder.Write("a.bmp", TinyData.Bmp());
        string[] command = ["explain", image, "--output", Output, "--weights", Weights];
        AssertFails(Run("explain", image, "--weights", Weights), 2, "--output");
        AssertFails(Run([.. command, "--method", "magic"]), 2, "magic", "grad-cam|occlusion");
        AssertFails(Run([.. command, "--method", "occlusion", "--stage", "1"]), 2, "--stage");
        AssertFails(Run([.. command, "--stage", "4"]), 2, "3 stages");
        AssertFails(Run([.. command, "--stage", "0"]), 2, "--stage");
        AssertFails(Run([.. command, "--class", "10"]), 2, "10 classes");
        AssertFails(Run("explain", image, "--output", Path.Combine(Folder["no"], "heat.png"), "--weights", Weights), 1, "no folder");
    }
}
