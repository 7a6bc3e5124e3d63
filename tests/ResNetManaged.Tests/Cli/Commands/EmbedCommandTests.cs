using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Cli;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cli.Commands;

public sealed class EmbedCommandTests : CliTest
{
    private string Output => Folder["vectors.npy"];

    private string Pictures => ColoredImages.Write(Folder, "pictures", perClass: 2);

    [Test]
    public void EachFileHasItsRowInOrder()
    {
        string pictures = Pictures;
        JsonElement line = Embed(pictures);
        string[] files = [.. ImageFolder.FindFiles(pictures)];
        Assert.That(line.GetProperty("images").GetInt32(), Is.EqualTo(files.Length));
        Tensor vectors = Npy.Read(Output);
        ImageEmbedder embedder = ImageEmbedder.Load(Weights);
        Assert.That((vectors.Shape[0], vectors.Shape[1]), Is.EqualTo((files.Length, embedder.Dimensions)));
        Assert.That(vectors.ReadOnlySpan.ToArray(), Is.EqualTo(files.SelectMany(file => embedder.Embed(file))));
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Folder["vectors.manifest.json"]));
        Assert.That(manifest.RootElement.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("file").GetString()), Is.EqualTo(files));
    }

    [Test]
    public void OnlyMissingOrChangedFilesAreComputed()
    {
        string pictures = Pictures;
        Assert.That(Embed(pictures).GetProperty("computed").GetInt32(), Is.EqualTo(6));
        byte[] first = File.ReadAllBytes(Output);
        Assert.That(Embed(pictures).GetProperty("reused").GetInt32(), Is.EqualTo(6));
        Assert.That(File.ReadAllBytes(Output), Is.EqualTo(first));

        Folder.Write("pictures/new.png", ImageFile.EncodePng(ColoredImages.Create(0, 20, 9)));
        string changed = ImageFolder.FindFiles(pictures)[0];
        File.WriteAllBytes(changed, ImageFile.EncodePng(ColoredImages.Create(2, 21, 8)));
        JsonElement line = Embed(pictures);
        Assert.That((line.GetProperty("computed").GetInt32(), line.GetProperty("reused").GetInt32()), Is.EqualTo((2, 5)));
        byte[] updated = File.ReadAllBytes(Output);
        File.Delete(Output);
        Embed(pictures);
        Assert.That(File.ReadAllBytes(Output), Is.EqualTo(updated));

        string others = Folder["others.safetensors"]; // a network with another head has the same body
        ResNetCheckpoint.Save(others, TinyData.Network().WithHead(3));
        Assert.That(Run("embed", pictures, "--weights", others, "--output", Output, "--json").Json().Single().GetProperty("reused").GetInt32(), Is.EqualTo(7));
        Assert.That(Run("embed", pictures, "--output", Output, "--json").Json().Single().GetProperty("reused").GetInt32(), Is.Zero);
    }

    [Test]
    public void ACancelledRunKeepsItsResults()
    {
        string pictures = Pictures;
        Embed(pictures);
        byte[] expected = File.ReadAllBytes(Output);
        File.Delete(ImageFolder.FindFiles(pictures)[0]); // the run is not finished, so the other rows must stay
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        Assert.That(Run(Stream.Null, cancelled.Token, "embed", pictures, "--weights", Weights, "--output", Output).ExitCode, Is.EqualTo(ExitCode.Cancelled));
        Assert.That(File.ReadAllBytes(Output), Is.EqualTo(expected));
    }

    [Test]
    public void AnUnreadableFileIsReportedAndLeftOut()
    {
        string pictures = Pictures;
        string bad = Folder.Write("pictures/bad.png", [1, 2, 3]);
        CliResult result = Run("embed", pictures, Folder["none.jpg"], "--weights", Weights, "--output", Output, "--json");
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.ErrorLines, Has.Length.EqualTo(2));
        Assert.That(result.Error, Does.Contain(bad).And.Contain("none.jpg: there is no such file"));
        Assert.That(JsonElement.Parse(result.Out).GetProperty("failed").GetInt32(), Is.EqualTo(2));
        Assert.That(Npy.Read(Output).Shape[0], Is.EqualTo(6));
    }

    [Test]
    public void TextFormatsHoldTheSameNumbers()
    {
        string pictures = Pictures;
        Folder.Write("pictures/a, \"b\".png", ImageFile.EncodePng(ColoredImages.Create(0, 20, 9)));
        Embed(pictures);
        float[] expected = Npy.Read(Output).ReadOnlySpan.ToArray();
        foreach (string format in new[] { "csv", "jsonl" })
            Assert.That(Run("embed", pictures, "--weights", Weights, "--output", Folder["v." + format]).ExitCode, Is.Zero);
        string[] csv = File.ReadAllLines(Folder["v.csv"]);
        int length = expected.Length / (csv.Length - 1);
        Assert.That(csv[0], Does.StartWith("file,0,1,"));
        Assert.That(csv.Skip(1).SelectMany(line => line.Split(',')[^length..].Select(float.Parse)), Is.EqualTo(expected));
        Assert.That(csv, Has.Some.StartsWith($"\"{pictures}/a, \"\"b\"\".png\","));
        JsonElement[] lines = [.. File.ReadAllLines(Folder["v.jsonl"]).Select(line => JsonElement.Parse(line))];
        Assert.That(lines.SelectMany(line => line.GetProperty("embedding").EnumerateArray().Select(number => number.GetSingle())), Is.EqualTo(expected));
        Assert.That(Directory.GetFiles(Folder.Path, "*.partial*"), Is.Empty);
    }

    [Test]
    public void BadCallsAreOneLine()
    {
        AssertFails(Run("embed", Pictures, "--output", Folder["v.txt"]), 2, ".npy", ".csv", ".jsonl");
        AssertFails(Run("embed", Pictures), 2, "--output");
        CliResult nothing = Run("embed", Folder["none.jpg"], "--output", Output);
        Assert.That(nothing.ExitCode, Is.EqualTo(1));
        Assert.That(nothing.ErrorLines, Is.EqualTo(new[] { $"error: {Folder["none.jpg"]}: there is no such file", "error: no image has a vector" }));
        Assert.That(File.Exists(Output), Is.False);
    }

    private JsonElement Embed(string pictures) => Run("embed", pictures, "--weights", Weights, "--output", Output, "--json").Json().Single();
}
