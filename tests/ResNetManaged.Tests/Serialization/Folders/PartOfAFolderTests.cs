using System.Text.Json.Nodes;
using NUnit.Framework;
using ResNetManaged.Inference;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Serialization.Folders;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Serialization.Dialects;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Serialization.Folders;

/// <summary>Folders of which a part is missing or contradicts the rest, and files that stand for their folder.</summary>
public sealed class PartOfAFolderTests
{
    private static readonly string[] Names = ["ape", "bee", "cat", "dog", "eel"];

    private static readonly ImagePreset Preset = new() { Crop = 48, CropPct = 0.875, Interpolation = Interpolation.Bicubic, Mean = new(0.5f, 0.4f, 0.3f) };

    private TemporaryFolder _folder = null!;

    private string Folder => _folder["net"];

    [SetUp]
    public void MakeFolder()
    {
        _folder = new TemporaryFolder();
        ResNet model = ForeignFile.Network();
        model.ClassNames = Names;
        ModelFolderWriter.WriteTransformers(Folder, model, Preset, half: false);
    }

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void PreprocessingWithoutAConfigurationIsUsed()
    {
        File.Delete(Config());
        Assert.That(ResNetCheckpoint.Load(Folder).Preset!.Resize, Is.EqualTo(Preset.Resize));
        Write("preprocessor_config.json", """{"size": -3}""");
        AssertRefused("'size' is -3");
    }

    [Test]
    public void TheConfigurationOfTimmNeedsNoArchitecture()
    {
        Write("config.json", """
            {"label_names": ["a", "b", "c", "d", "e"], "pretrained_cfg": {"input_size": [3, 64, 64], "crop_pct": 1.0, "mean": [0, 0, 0], "std": [1, 1, 1]}}
            """);
        ResNet model = ResNetCheckpoint.Load(Folder);
        Assert.That(model.ClassNames, Is.EqualTo(new[] { "a", "b", "c", "d", "e" }));
        Assert.That(model.Preset, Is.EqualTo(new ImagePreset { Crop = 64, CropPct = 1, Interpolation = Interpolation.Bicubic, Mean = new(0, 0, 0), Std = new(1, 1, 1) }));
    }

    [TestCase("""{"pretrained_cfg": {"input_size": [1, 64, 64]}}""", "'input_size' is [1, 64, 64]; the tensors take 3 channels")]
    [TestCase("""{"pretrained_cfg": {"input_size": [3, 64]}}""", "expected the channels and a square")]
    [TestCase("""{"pretrained_cfg": {"input_size": [3, 64, 64], "crop_pct": 1e-9}}""", "expected a share above 0 and at most 1 for which pictures are resized to at most 16384 pixels")]
    [TestCase("""{"pretrained_cfg": {"input_size": [3, 64, 64], "mean": [0, 0]}}""", "expected three numbers")]
    [TestCase("""{"pretrained_cfg": 7}""", "'pretrained_cfg' is 7; expected an object")]
    [TestCase("""{"label_names": ["a", "b"]}""", "'label_names' has 2 names; the network has 5 classes")]
    [TestCase("""{"label_names": ["a", "b", "c", "d", 5]}""", "expected a list of strings")]
    [TestCase("""{"architecture": "resnet18", "num_classes": 7}""", "'num_classes' is 7; the tensors have 5 classes")]
    [TestCase("""{"pretrained_cfg": {}, "model_args": {"output_stride": 5}}""", "'output_stride' is 5; expected 8, 16 or 32")]
    [TestCase("""{"pretrained_cfg": {}, "model_args": {"act_layer": "silu"}}""", "'model_args' has 'act_layer'; expected only in_chans")]
    [TestCase("""{"pretrained_cfg": {}, "global_pool": "token"}""", "expected avg, max, avgmax or catavgmax")]
    [TestCase("""{"label2id": {"a": 0, "b": 1, "c": 2, "d": 3, "e": 3}}""", "expected each of the classes 0 to 4 for a name")]
    [TestCase("""{"label2id": {"a": 0}}""", "expected each of the classes 0 to 4 for a name")]
    [TestCase("""{"label2id": {"a": 0, "b": 1, "c": 2, "d": 3, "e": "x"}}""", "expected each of the classes 0 to 4 for a name")]
    public void AConfigurationThatCannotBeMeantIsRefused(string config, string expected)
    {
        Write("config.json", config);
        AssertRefused(expected);
    }

    [Test]
    public void TheArgumentsOfTimmsModelChangeTheNetwork()
    {
        ModelFolderWriter.WriteTimm(Folder, ResNet.Create("resnet18", numClasses: Names.Length), Preset, half: false);
        Write("config.json", """{"pretrained_cfg": {}, "model_args": {"output_stride": 16, "drop_rate": 0.1}, "global_pool": "max"}""");
        ResNetConfig config = ResNetCheckpoint.Load(Folder).Config;
        Assert.That((config.OutputStride, config.GlobalPool), Is.EqualTo((16, GlobalPooling.Max)));
    }

    [Test]
    public void NamesAreReadFromTheReversedMapIfThereIsNoOther()
    {
        Write("config.json", """{"label2id": {"e": 4, "a": 0, "b": 1, "d": 3, "c": 2}}""");
        Assert.That(ResNetCheckpoint.Load(Folder).ClassNames, Is.EqualTo(new[] { "a", "b", "c", "d", "e" }));
    }

    [Test]
    public void ABodyIgnoresTheNamesOfTheHeadThatItLost()
    {
        StateDict body = new();
        foreach ((string name, Tensor tensor) in Safetensors.Read(_folder["net/model.safetensors"], out _))
            if (!name.StartsWith("classifier", StringComparison.Ordinal)) body.Add(name, tensor);
        Safetensors.Write(_folder["net/model.safetensors"], body);
        ResNet model = ResNetCheckpoint.Load(Folder);
        Assert.That((model.NumClasses, model.ClassNames, model.Preset!.Resize), Is.EqualTo((0, (IReadOnlyList<string>?)null, Preset.Resize)));
    }

    [Test]
    public void AFileOfAFolderStandsForTheFolder()
    {
        ResNet read = (ResNet)NetworkFile.Load(_folder["net/model.safetensors"]);
        Assert.That(read.ClassNames, Is.EqualTo(Names));
        Assert.That(read.Preset!.Resize, Is.EqualTo(Preset.Resize));
        File.Copy(_folder["net/model.safetensors"], _folder["net/other.safetensors"]);
        Assert.That(ResNetCheckpoint.Load(_folder["net/other.safetensors"]).ClassNames, Is.Null);
    }

    [TestCase("model-00001-of-00002.safetensors")]
    [TestCase("model-00002-of-00002.safetensors")]
    [TestCase("model.safetensors.index.json")]
    public void OneOfSeveralFilesAndTheirIndexStandForAll(string name)
    {
        float[] expected = ForeignFile.Output(ResNetCheckpoint.Load(Folder));
        Split();
        ResNet read = (ResNet)NetworkFile.Load(_folder["net/" + name]);
        Assert.That(ForeignFile.Output(read), Is.EqualTo(expected));
        Assert.That(read.ClassNames, Is.EqualTo(Names));
    }

    [Test]
    public void OneOfSeveralFilesWithoutTheirIndexIsRefused()
    {
        Split();
        File.Delete(_folder["net/model.safetensors.index.json"]);
        Assert.That(() => ResNetCheckpoint.Load(_folder["net/model-00001-of-00002.safetensors"]), Throws.TypeOf<CheckpointException>()
            .With.Message.EndsWith("is one of 2 files of a network; expected their index 'model.safetensors.index.json' beside it, and all of them."));
        AssertRefused("one of several files of a network; expected their index beside them");
    }

    [Test]
    public void TheOnlyOneOfOneFileIsAWholeNetwork()
    {
        File.Move(_folder["net/model.safetensors"], _folder["alone/model-00001-of-00001.safetensors"]);
        Assert.That(ResNetCheckpoint.Load(_folder["alone/model-00001-of-00001.safetensors"]).NumClasses, Is.EqualTo(Names.Length));
    }

    private string Config() => _folder["net/config.json"];

    private void Write(string file, string json) => File.WriteAllText(Path.Combine(Folder, file), json);

    private void Split()
    {
        StateDict all = Safetensors.Read(_folder["net/model.safetensors"], out _);
        StateDict[] parts = [new(), new()];
        JsonObject map = [];
        foreach ((string name, Tensor tensor) in all)
        {
            int part = map.Count * 2 / all.Count;
            parts[part].Add(name, tensor);
            map.Add(name, FormattableString.Invariant($"model-0000{part + 1}-of-00002.safetensors"));
        }
        for (int i = 0; i < parts.Length; i++) Safetensors.Write(_folder[FormattableString.Invariant($"net/model-0000{i + 1}-of-00002.safetensors")], parts[i]);
        File.Delete(_folder["net/model.safetensors"]);
        Write("model.safetensors.index.json", new JsonObject { ["weight_map"] = map }.ToJsonString());
    }

    private void AssertRefused(string expected) =>
        Assert.That(() => ResNetCheckpoint.Load(Folder), Throws.TypeOf<CheckpointException>().With.Message.Contains(expected));
}
