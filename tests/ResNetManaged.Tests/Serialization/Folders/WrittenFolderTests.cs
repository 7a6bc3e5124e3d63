using System.Text.Json.Nodes;
using NUnit.Framework;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Serialization.Folders;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;
using ResNetManaged.Tests.Models;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Serialization.Folders;

/// <summary>Folders that other libraries load strictly: their tensors have the names and shapes of those libraries' modules.</summary>
public sealed class WrittenFolderTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("resnet18")]
    [TestCase("resnet50")]
    public void TransformersTensorsHaveItsNamesAndShapes(string variant)
    {
        string[] expected = [.. GoldenFiles.ReadText("transformers.tsv").Split('\n')
            .Where(line => line.StartsWith(variant + "\t", StringComparison.Ordinal))
            .Select(line => line[(variant.Length + 1)..])];
        ResNet model = new(ResNetVariants.Get(variant) with { NumClasses = 5, Depths = [1, 2, 1, 1], Widths = [8, 16, 24, 32] });
        ModelFolderWriter.WriteTransformers(_folder["hf"], model, ImagePreset.ImageNet, half: false);
        Assert.That(Written("hf").Select(entry => $"{entry.Key}\t{string.Join(',', Sizes(entry.Value))}"), Is.EquivalentTo(expected));
    }

    [TestCase("resnet18", "conv1", "fc")]
    [TestCase("resnet10t", "conv1.0", "fc")]
    [TestCase("resnetv2_18", "stem.conv", "head.fc")]
    [TestCase("resnetv2_18d", "stem.conv1", "head.fc")]
    public void TimmsTensorsHaveItsNamesShapesAndOrder(string variant, string first, string classifier)
    {
        TimmRow row = TimmRow.Find(variant);
        ModelFolderWriter.WriteTimm(_folder["timm"], ResNet.Create(variant), ImagePreset.ImageNet, half: true);
        string lines = string.Concat(Written("timm").Select(entry => $"{entry.Key} [{string.Join(", ", Sizes(entry.Value))}]\n"));
        Assert.That(TimmRow.HashOf(lines)[..16], Is.EqualTo(row.Hash));
        JsonNode settings = JsonNode.Parse(File.ReadAllText(_folder["timm/config.json"]))!["pretrained_cfg"]!;
        Assert.That(((string?)settings["first_conv"], (string?)settings["classifier"]), Is.EqualTo((first, classifier)));
        Assert.That(ResNetVariants.NameOf(ResNetCheckpoint.Load(_folder["timm"]).Config), Is.EqualTo(variant));
    }

    [TestCase("config.json")]
    [TestCase("preprocessor_config.json")]
    public void AFolderIsWrittenWholeOrNotAtAll(string inTheWay)
    {
        ResNet model = new(ResNetVariants.Get("resnet18") with { NumClasses = 5, Depths = [1, 2, 1, 1], Widths = [8, 16, 24, 32] });
        _folder.Write("hf/model.safetensors", [1, 2, 3]);
        Directory.CreateDirectory(_folder["hf/" + inTheWay]);
        Assert.That(() => ModelFolderWriter.WriteTransformers(_folder["hf"], model, ImagePreset.ImageNet, half: false),
            Throws.InstanceOf<IOException>().With.Message.EqualTo($"cannot write '{Path.Combine(_folder["hf"], inTheWay)}': it is a folder"));
        Assert.That(File.ReadAllBytes(_folder["hf/model.safetensors"]), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(Directory.GetFileSystemEntries(_folder["hf"]), Has.Length.EqualTo(2));
    }

    [Test]
    public void AFolderThatCannotBeFilledIsNotLeftBehind()
    {
        Action<Stream> fill = stream => stream.WriteByte(1), fail = _ => throw new IOException("no space left");
        string deep = Path.Combine(_folder.Path, "new", "deep");
        Assert.That(() => AtomicFile.WriteAll(deep, ("a", fill), ("b", fail)), Throws.InstanceOf<IOException>());
        Assert.That(Directory.GetFileSystemEntries(_folder.Path), Is.Empty);
        AtomicFile.WriteAll(deep + "/", ("a", fill), ("b", fill));
        Assert.That(Directory.GetFiles(deep).Select(Path.GetFileName), Is.EquivalentTo(new[] { "a", "b" }));
    }

    [Test]
    public void ATimmFolderWhoseTagIsImageNetsHasItsClasses()
    {
        ModelFolderWriter.WriteTimm(_folder["timm"], ResNet.Create("resnet18"), ImagePreset.ImageNet, half: true);
        Assert.That(ResNetCheckpoint.Load(_folder["timm"]).ClassNames, Is.Null);
        string path = _folder["timm/config.json"];
        JsonObject config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        config["pretrained_cfg"]!["tag"] = "a1_in1k";
        File.WriteAllText(path, config.ToJsonString());
        Assert.That(ResNetCheckpoint.Load(_folder["timm"]).ClassNames?[207], Is.EqualTo("golden retriever"));
    }

    private StateDict Written(string folder) => Safetensors.Read(_folder[folder + "/model.safetensors"], out _);

    private static IEnumerable<int> Sizes(Tensor tensor) => Enumerable.Range(0, tensor.Rank).Select(i => tensor.Shape[i]);
}
