using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cli;

/// <summary>What commands do with pictures before the network sees them.</summary>
public sealed class PicturesTests : CliTest
{
    [Test]
    public void OptionsOverrideTheCheckpointsPreprocessing()
    {
        ImagePreset own = new() { Crop = 40, CropPct = 0.8, Interpolation = Interpolation.Lanczos };
        ResNet model = TinyData.Network();
        model.Preset = own;
        ResNetCheckpoint.Save(Weights, model);
        string picture = Folder.Write("a.bmp", TinyData.Bmp(70, 50));
        AssertProbability(own, picture);
        AssertProbability(own with { Crop = 32 }, picture, "--size", "32");
        AssertProbability(own with { Resize = 44 }, picture, "--resize", "44");
        AssertProbability(own with { CropPct = 1, Interpolation = Interpolation.Box }, picture, "--crop-pct", "1", "--interpolation", "box");
        AssertProbability(own with { Mean = new(0.1f, 0.2f, 0.3f), Std = new(1, 2, 3) }, picture, "--mean", "0.1,0.2,0.3", "--std", "1,2,3");
    }

    [Test]
    public void ASizeAloneKeepsTheCroppedShare()
    {
        string picture = Folder.Write("a.bmp", TinyData.Bmp(70, 50));
        ResNet model = TinyData.Network();
        model.Preset = ImagePreset.ImageNet;
        ResNetCheckpoint.Save(Weights, model);
        AssertProbability(ImagePreset.ImageNet with { Crop = 56, Resize = 64 }, picture, "--size", "56");
    }

    [TestCase("--size", "0", "is not a whole number from 1 to 4096")]
    [TestCase("--crop-pct", "1.5", "is not a number above 0 and at most 1")]
    [TestCase("--mean", "1,2", "is not three numbers")]
    [TestCase("--std", "1,0,1", "is not three positive numbers")]
    [TestCase("--interpolation", "cubic", "expected bilinear|bicubic|lanczos|box|hamming|nearest")]
    public void RefusesValuesThatAreNotValid(string option, string value, string mentioned) =>
        AssertFails(Run("classify", "a.jpg", option, value), exitCode: 2, option, mentioned);

    [Test]
    public void RefusesTwoWaysToSayHowFarToResize() => AssertFails(
        Run("classify", Folder.Write("a.bmp", TinyData.Bmp()), "--resize", "40", "--crop-pct", "0.5"), exitCode: 2, "--resize and --crop-pct");

    [Test]
    public void AConvertedFolderClassifiesAsItsSource()
    {
        Folder.Write("names.txt", "a\nb\nc\n"u8.ToArray());
        ResNetCheckpoint.Save(Folder["r18.safetensors"], RandomNetwork.Create("resnet18", mostBlocks: 1, numClasses: 3));
        string picture = Folder.Write("a.bmp", TinyData.Bmp(70, 50));
        foreach (string form in (string[])["transformers", "timm"])
        {
            CliResult converted = Run("convert", Folder["r18.safetensors"], Folder["out"] + "/", "--form", form, "--classes", Folder["names.txt"], "--size", "64",
                "--interpolation", "bicubic");
            if (form == "timm")
            {
                AssertFails(converted, exitCode: 1, "an unnamed ResNet");
                continue;
            }
            Assert.That(converted.ExitCode, Is.Zero, converted.Error);
            JsonElement folder = Run("classify", picture, "--weights", Folder["out"], "--json").Json()[0];
            JsonElement file = Run("classify", picture, "--weights", Folder["r18.safetensors"], "--classes", Folder["names.txt"], "--size", "64",
                "--interpolation", "bicubic", "--json").Json()[0];
            Assert.That(folder.GetRawText(), Is.EqualTo(file.GetRawText()));
        }
    }

    [Test]
    public void FoldersThatAreProbablyPartsAndFilesLeftOutGetAWord()
    {
        foreach (string name in (string[])["train/a.bmp", "train/b.webp", "val/c.bmp", "val/d.bmp"]) Folder.Write($"data/{name}", TinyData.Bmp(seed: name[^5]));
        CliResult result = Run("evaluate", Folder["data"], "--weights", TinyData.SaveNetwork(Folder, "two.safetensors", numClasses: 2));
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.ErrorLines, Has.Length.EqualTo(2));
        Assert.That(result.ErrorLines[0], Does.StartWith("warning: ").And.Contains("'train', 'val', which are taken for classes").And.Contains(Path.Combine(Folder["data"], "train")));
        Assert.That(result.ErrorLines[1], Does.Contain("a picture is left out").And.Contains("b.webp"));
    }

    [Test]
    public void AZipFileIsSaidNotToBeRead() =>
        AssertFails(Run("finetune", Folder.Write("a.zip", [.. "PK\x03\x04"u8, .. new byte[100]]), "--output", Folder["n.safetensors"]), exitCode: 1, "is a zip file", "unpack it");

    [Test]
    public void UnreadableImagesAreSkippedAndListedOnRequest()
    {
        for (int i = 0; i < 6; i++) Folder.Write($"data/{(char)('a' + i % 2)}/{i}.bmp", TinyData.Bmp(seed: i + 1));
        Folder.Write("data/a/bad.bmp", "BM"u8.ToArray());
        string weights = TinyData.SaveNetwork(Folder, "two.safetensors", numClasses: 2);
        AssertFails(Run("evaluate", Folder["data"], "--weights", weights), exitCode: 1, "bad.bmp", "; --skip-unreadable leaves such images out");
        CliResult evaluated = Run("evaluate", Folder["data"], "--weights", weights, "--skip-unreadable", "--json");
        Assert.That(evaluated.ErrorLines.Single(), Does.StartWith("warning: skipped: ").And.Contains("bad.bmp"));
        JsonElement json = JsonElement.Parse(evaluated.Out);
        Assert.That((json.GetProperty("images").GetInt32(), json.GetProperty("skipped").GetInt32()), Is.EqualTo((6, 1)));

        string[] finetune = ["finetune", Folder["data"], "--weights", Weights, "--output", Folder["n.safetensors"], "--epochs", "1"];
        AssertFails(Run(finetune), exitCode: 1, "bad.bmp", "; --skip-unreadable leaves such images out");
        CliResult tuned = Run([.. finetune, "--skip-unreadable", "--size", "40", "--json"]);
        Assert.That(tuned.ExitCode, Is.Zero, tuned.Error);
        Assert.That(tuned.ErrorLines.Single(), Does.Contain("bad.bmp"));
        Assert.That(ResNetCheckpoint.Load(Folder["n.safetensors"]).Preset, Is.EqualTo(ImagePreset.Cifar10 with { Crop = 40, Resize = 40 }));
    }

    [Test]
    public void AnIndexOfUprightPicturesIsAnotherIndex()
    {
        string picture = Folder.Write("a.bmp", TinyData.Bmp());
        Assert.That(Run("embed", picture, "--weights", Weights, "--output", Folder["v.npy"], "--upright").ExitCode, Is.Zero);
        AssertFails(Run("similar", picture, "--weights", Weights, "--index", Folder["v.npy"]), exitCode: 1, "preprocessing");
        Assert.That(Run("similar", picture, "--weights", Weights, "--index", Folder["v.npy"], "--upright").ExitCode, Is.Zero);
    }

    [Test]
    public void NumbersThatAreNotFiniteAreErrorsThatNameTheFileAndTheNetwork()
    {
        ResNet model = TinyData.Network();
        foreach ((string name, Parameter parameter) in model.NamedParameters())
            if (name.EndsWith("bn1.bias", StringComparison.Ordinal)) parameter.Fill(float.NaN);
        ResNetCheckpoint.Save(Weights, model);
        string picture = Folder.Write("a.bmp", TinyData.Bmp());
        Npy.Write(Folder["x.npy"], Tensor.Zeros([1, 3, 32, 32]));
        string[][] commands =
        [
            ["classify", picture], ["classify", picture, "--json"], ["explain", picture, "--output", Folder["h.png"]], ["embed", picture, "--output", Folder["v.jsonl"]],
            ["predict", "--input", Folder["x.npy"], "--output", Folder["y.npy"]], ["predict", "--input", Folder["x.npy"], "--output", Folder["y.npy"], "--features"],
        ];
        foreach (string[] command in commands)
        {
            CliResult result = Run([.. command, "--weights", Weights]);
            Assert.That((result.ExitCode, result.Out), Is.EqualTo((1, "")), string.Join(' ', command));
            Assert.That(result.ErrorLines[0], Does.Contain(command[0] == "predict" ? "x.npy" : "a.bmp").And.Contain("tiny.safetensors' computes").And.Contain("not finite"));
        }
        Assert.That(Directory.GetFiles(Folder.Path).Select(Path.GetFileName), Is.EquivalentTo(new[] { "a.bmp", "tiny.safetensors", "x.npy" }));
        Npy.Write(Folder["y.npy"], Tensor.Zeros([1]));
        AssertFails(Run("evaluate", $"{Folder["x.npy"]},{Folder["y.npy"]}", "--weights", Weights), 1, "the logits that", "not finite");
    }

    [Test]
    public void PredictPassesOnWhatIsNotFiniteInItsInputWithAWarning()
    {
        Npy.Write(Folder["x.npy"], Tensor.Full([1, 3, 32, 32], float.NaN));
        CliResult result = Run("predict", "--input", Folder["x.npy"], "--output", Folder["y.npy"], "--weights", Weights);
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.ErrorLines.Single(), Is.EqualTo($"warning: '{Folder["x.npy"]}' has numbers that are not finite"));
        Assert.That(Npy.Read(Folder["y.npy"]).ReadOnlySpan.ToArray(), Has.All.NaN);
    }

    private void AssertProbability(ImagePreset preset, string picture, params string[] options)
    {
        float expected = new ImageClassifier(TinyData.Network(), preset).Classify(ImageFile.Load(picture))[0].Probability;
        JsonElement line = Run(["classify", picture, "--weights", Weights, "--json", .. options]).Json()[0];
        Assert.That(line.GetProperty("predictions")[0].GetProperty("probability").GetSingle(), Is.EqualTo(expected));
    }
}
