using System.IO.Compression;
using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Datasets;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cli.Commands;

public sealed class EvaluateCommandTests : CliTest
{
    private static readonly byte[] Labels = [3, 0, 9, 3, 5, 1, 7];

    [Test]
    public void JsonHasTheMetrics()
    {
        string data = Folder.Write("batch.bin", TinyData.CifarRecords(Labels));
        JsonElement line = Evaluate(data);
        Assert.That(CliResult.FieldsOf(line), Is.EqualTo(new[] { "images", "top1", "top5", "loss", "images_per_s" }));
        ClassificationMetrics expected = Evaluation.Run(TinyData.Network(), CifarDataset.Load(data).Batches(ImagePreset.Cifar10, 7));
        Assert.That(line.GetProperty("images").GetInt32(), Is.EqualTo(Labels.Length));
        Assert.That(line.GetProperty("top1").GetDouble(), Is.EqualTo(100 * expected.Top1).Within(1e-4)); // printed with four decimals
        Assert.That(line.GetProperty("top5").GetDouble(), Is.EqualTo(100 * expected.Top5).Within(1e-4));
        Assert.That(line.GetProperty("loss").GetDouble(), Is.EqualTo(expected.Loss));
        Assert.That(line.GetProperty("images_per_s").GetDouble(), Is.Positive);
    }

    [Test]
    public void AllFormatsOfTheSameDataGiveTheSameLoss()
    {
        byte[] records = TinyData.CifarRecords(Labels);
        string file = Folder.Write("one/batch.bin", records);
        string packed = Folder.Write("packed", Gzip(records));
        Folder.Write("two/data_1.bin", records[..TinyData.CifarRecordLength]);
        Folder.Write("two/data_2.bin.gz", Gzip(records[TinyData.CifarRecordLength..]));
        LabeledBatch batch = CifarDataset.Load(file).Batches(ImagePreset.Cifar10, Labels.Length).Single();
        Npy.Write(Folder["x.npy"], batch.Images);
        Npy.Write(Folder["y.npy"], Tensor.FromArray([.. batch.Labels.Select(label => (float)label)], [Labels.Length]), NpyType.Int64);

        string[] kinds = [file, packed, Folder["two"], $"{Folder["x.npy"]},{Folder["y.npy"]}"];
        string[] losses = Array.ConvertAll(kinds, kind => Evaluate(kind).GetProperty("loss").GetRawText());
        Assert.That(losses, Is.All.EqualTo(losses[0]));
    }

    [Test]
    public void AFolderPerClassIsRead()
    {
        string weights = TinyData.SaveNetwork(Folder, "three.safetensors", numClasses: 3);
        foreach (string name in new[] { "cat/1.bmp", "cat/2.bmp", "dog/1.bmp", "owl/x/1.bmp" }) Folder.Write($"data/{name}", TinyData.Bmp());
        CliResult result = Run("evaluate", Folder["data"], "--weights", weights);
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Out, Does.Contain("images    4\n").And.Contain("0 cat").And.Contain("2 owl").And.Contain("top-1 "));
    }

    [Test]
    public void ClassesAreMatchedToLogitsByName()
    {
        ResNet model = TinyData.Network(numClasses: 3);
        model.ClassNames = ["ant", "cat", "dog"];
        string weights = Folder["named.safetensors"];
        ResNetCheckpoint.Save(weights, model);
        foreach (string name in new[] { "ant/1.bmp", "cat/1.bmp", "dog/1.bmp" }) Folder.Write($"all/{name}", TinyData.Bmp(seed: name[0]));
        foreach (string name in new[] { "cat/1.bmp", "dog/1.bmp" }) Folder.Write($"some/{name}", TinyData.Bmp(seed: name[0]));
        string[] all = Run("evaluate", Folder["all"], "--weights", weights).OutLines, some = Run("evaluate", Folder["some"], "--weights", weights).OutLines;
        Assert.That(some[^2..], Is.EqualTo(all[^2..]), "the rows of cat and dog must be equal");
        Folder.Write("some/emu/1.bmp", TinyData.Bmp());
        AssertFails(Run("evaluate", Folder["some"], "--weights", weights), 1, "has the class 'emu'; the model knows 'ant', 'cat', 'dog'");
    }

    [Test]
    public void ManyClassesShowTheirMostFrequentMistakes()
    {
        string weights = TinyData.SaveNetwork(Folder, "many.safetensors", numClasses: 30);
        Npy.Write(Folder["x.npy"], Tensor.Uniform([2, 3, 32, 32], new TorchGenerator(1)));
        Npy.Write(Folder["y.npy"], Tensor.FromArray([28, 29], [2]), NpyType.Int64);
        Assert.That(Run("evaluate", $"{Folder["x.npy"]},{Folder["y.npy"]}", "--weights", weights).Out,
            Does.Contain("most frequent mistakes").And.Contain("28 -> "));
    }

    [Test]
    public void BadDataIsOneLine()
    {
        byte[] records = TinyData.CifarRecords(Labels);
        AssertRefused(Folder["missing"], "there is no file or folder");
        AssertRefused(Folder.Write("short.bin", records[..^1]), "image 6", "3073");
        AssertRefused(Folder.Write("labels.bin", TinyData.CifarRecords(10)), "label 10");
        AssertRefused(Folder.Write("empty.bin", []), "has no image");
        AssertRefused(Folder.Write("cut.bin.gz", Gzip(records)[..100]), "cut.bin.gz");
        AssertRefused(Directory.CreateDirectory(Folder["nothing"]).FullName, "has no folders");
        Folder.Write("two/a/1.bmp", TinyData.Bmp());
        Folder.Write("two/b/1.bmp", TinyData.Bmp());
        AssertRefused(Folder["two"], "2 classes", "10");
    }

    [Test]
    public void ADamagedImageFailsTheEvaluation()
    {
        string weights = TinyData.SaveNetwork(Folder, "one.safetensors", numClasses: 1);
        string image = Folder.Write("data/a/1.bmp", TinyData.Bmp()[..100]);
        AssertFails(Run("evaluate", Folder["data"], "--weights", weights), 1, image, "truncated");
    }

    [Test]
    public void BadArraysAreOneLine()
    {
        Npy.Write(Folder["x.npy"], Tensor.Zeros([2, 3, 32, 32]));
        Npy.Write(Folder["x4.npy"], Tensor.Zeros([2, 4, 32, 32]));
        Npy.Write(Folder["y.npy"], Tensor.Zeros([2]), NpyType.Int64);
        Npy.Write(Folder["y3.npy"], Tensor.Zeros([3]), NpyType.Int64);
        Npy.Write(Folder["y10.npy"], Tensor.Full([2], 10), NpyType.Int64);
        Npy.Write(Folder["yhalf.npy"], Tensor.Full([2], 0.5f));
        AssertRefused($"{Folder["x.npy"]},{Folder["y3.npy"]}", "y3.npy", "[3]");
        AssertRefused($"{Folder["x.npy"]},{Folder["y10.npy"]}", "y10.npy", "10 classes");
        AssertRefused($"{Folder["x.npy"]},{Folder["yhalf.npy"]}", "yhalf.npy", "0.5");
        AssertRefused($"{Folder["x4.npy"]},{Folder["y.npy"]}", "x4.npy", "4 channels");
        AssertRefused($"{Folder["y.npy"]},{Folder["y.npy"]}", "y.npy", "[N, C, H, W]");
        AssertRefused($"{Folder["x.npy"]},{Folder["none.npy"]}", "none.npy");
    }

    private JsonElement Evaluate(string data) => Run("evaluate", data, "--weights", Weights, "--batch", "3", "--json").Json().Single();

    private void AssertRefused(string data, params string[] mentioned) => AssertFails(Run("evaluate", data, "--weights", Weights), 1, mentioned);

    private static byte[] Gzip(byte[] content)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest)) gzip.Write(content);
        return packed.ToArray();
    }
}
