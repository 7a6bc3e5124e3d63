using System.Text.Json.Nodes;
using NUnit.Framework;
using ResNetManaged.Inference;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Serialization.Folders;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Imaging;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Serialization.Folders;

public sealed class ModelFolderTests
{
    private static readonly string[] Names = ["ape", "bee", "cat \"Tom\"", "dog", "élan"];

    private static readonly ImagePreset Preset = new() { Crop = 48, CropPct = 0.875, Interpolation = Interpolation.Bicubic, Mean = new(0.5f, 0.4f, 0.3f) };

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("resnet18", false)]
    [TestCase("resnet50", false)]
    [TestCase("resnet50", true)]
    public void AFolderForTransformersClassifiesAsTheNetworkItWasMadeFrom(string variant, bool stridesFirst)
    {
        ResNet model = Small(variant, stridesFirst);
        ModelFolderWriter.WriteTransformers(_folder["hf"], model, Preset, half: false);
        Assert.That(Safetensors.Read(_folder["hf/model.safetensors"], out _).Keys, Has.None.StartsWith("layer"));
        AssertSame(ImageClassifier.Load(_folder["hf"]), new ImageClassifier(model, Preset));
    }

    [Test]
    public void AFolderForTimmClassifiesAsTheNetworkItWasMadeFrom()
    {
        ResNet model = RandomNetwork.Create("resnet18", numClasses: Names.Length);
        model.ClassNames = Names;
        ImagePreset preset = Preset with { CropMode = CropMode.Border };
        ModelFolderWriter.WriteTimm(_folder["timm"], model, preset, half: false);
        AssertSame(ImageClassifier.Load(_folder["timm"]), new ImageClassifier(model, preset));
    }

    [Test]
    public void WeightsInSeveralFilesAreReadByTheirIndex()
    {
        ResNet model = Small("resnet18");
        Write(model);
        Split();
        AssertSame(ImageClassifier.Load(_folder["hf"]), new ImageClassifier(model, Preset));
    }

    [TestCase("../hf/a.safetensors", "expected a file beside the index")]
    [TestCase("/etc/a.safetensors", "expected a file beside the index")]
    [TestCase("sub\\a.safetensors", "expected a file beside the index")]
    [TestCase("..safetensors", "expected a file beside the index")]
    [TestCase("a.bin", "expected a file beside the index")]
    [TestCase("b.safetensors", "which is not in the folder")]
    public void AnIndexNamesOnlyFilesBesideIt(string file, string expected)
    {
        Write(Small("resnet18"));
        Split();
        Change("model.safetensors.index.json", index => index["weight_map"]!["classifier.1.bias"] = file);
        AssertRefused(expected);
    }

    [TestCase("depths", "[1, 1, 1, 1]", "'depths' is [1,1,1,1]; the tensors have [1, 2, 1, 1]")]
    [TestCase("depths", "7", "expected a list of whole numbers")]
    [TestCase("hidden_sizes", "[8, 16, 24, 33]", "the tensors have [8, 16, 24, 32]")]
    [TestCase("layer_type", "\"bottleneck\"", "the tensors are of 'basic' layers")]
    [TestCase("hidden_act", "\"gelu\"", "expected 'relu'")]
    [TestCase("model_type", "\"vit\"", "expected 'resnet'")]
    [TestCase("num_channels", "1", "the tensors have 3")]
    [TestCase("downsample_in_first_stage", "true", "expected false")]
    [TestCase("id2label", """{"0": "a"}""", "expected a name for each of the classes 0 to 4")]
    [TestCase("id2label", """{"0": "a", "00": "b", "1": "c", "2": "d", "3": "e"}""", "expected a name for each of the classes 0 to 4")]
    public void AConfigurationThatContradictsTheTensorsIsRefused(string member, string value, string expected)
    {
        Write(Small("resnet18"));
        Change("config.json", config => config[member] = JsonNode.Parse(value));
        AssertRefused(expected);
    }

    [TestCase("in_chans", "4", "'in_chans' is 4; the tensors take 3")]
    [TestCase("num_classes", "7", "'num_classes' is 7; the tensors have 5 classes")]
    [TestCase("global_pool", "\"\"", "'global_pool' is \"\"; expected avg, max, avgmax or catavgmax")]
    [TestCase("model_args", """{"in_chans": 1}""", "'in_chans' is 1; the tensors take 3")]
    [TestCase("model_args", """{"global_pool": ""}""", "'global_pool' is \"\"; expected avg, max, avgmax or catavgmax")]
    public void AConfigurationOfTimmThatContradictsTheTensorsIsRefused(string member, string value, string expected)
    {
        ResNet model = RandomNetwork.Create("resnet18", numClasses: Names.Length);
        ModelFolderWriter.WriteTimm(_folder["hf"], model, Preset, half: true);
        Change("config.json", config => config[member] = JsonNode.Parse(value));
        AssertRefused(expected);
    }

    [Test]
    public void AFolderWithFilesOfOtherNamesListsThem()
    {
        _folder.Write("hf/b.pth", [1]);
        _folder.Write("hf/a.onnx", [1]);
        _folder.Write("hf/notes.txt", [1]);
        AssertRefused($"is a folder without model.safetensors or pytorch_model.bin, but with 'a.onnx', 'b.pth'; expected one of those names; "
            + $"give the file itself, such as '{Path.Combine(_folder["hf"], "a.onnx")}'");
    }

    [TestCase("resample", "9", "expected 0 to 5")]
    [TestCase("crop_pct", "0", "expected a share above 0 and at most 1")]
    [TestCase("size", "1000000", "expected 1 to 4096 pixels")]
    [TestCase("size", "{}", "expected 1 to 4096 pixels")]
    [TestCase("image_mean", "[1, 2]", "expected three numbers")]
    [TestCase("image_std", "[1, 0, 1]", "expected three numbers above 0")]
    [TestCase("do_resize", "\"no\"", "expected true or false")]
    public void PreprocessingThatIsNotValidIsRefused(string member, string value, string expected)
    {
        Write(Small("resnet18"));
        Change("preprocessor_config.json", config => config[member] = JsonNode.Parse(value));
        AssertRefused(expected);
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("{\"depths\": ")]
    public void DamagedJsonIsRefused(string content)
    {
        Write(Small("resnet18"));
        File.WriteAllText(_folder["hf/config.json"], content);
        AssertRefused("expected an object");
    }

    [Test]
    public void JsonMayStartWithAByteOrderMark()
    {
        Write(Small("resnet18"));
        string config = _folder["hf/config.json"];
        File.WriteAllBytes(config, [0xEF, 0xBB, 0xBF, .. File.ReadAllBytes(config)]);
        Assert.That(() => ResNetCheckpoint.Load(_folder["hf"]), Throws.Nothing);
    }

    [Test]
    public void AFolderWithoutWeightsIsRefused() =>
        Assert.That(() => ResNetCheckpoint.Load(_folder.Path), Throws.TypeOf<CheckpointException>().With.Message.Contains("is a folder without weights"));

    [Test]
    public void AnUnknownArchitectureOfTimmIsRefusedBecauseItsTensorsMayLookLikeAnothers()
    {
        ModelFolderWriter.WriteTimm(_folder["hf"], RandomNetwork.Create("resnet18"), Preset, half: false);
        Change("config.json", config => config["architecture"] = "resnetunknown18");
        AssertRefused("'architecture' is \"resnetunknown18\"");
    }

    [Test]
    public void WhatTransformersCannotExpressIsNotWritten()
    {
        Assert.That(() => ModelFolderWriter.WriteTransformers(_folder["hf"], RandomNetwork.Create("resnext50_32x4d", mostBlocks: 1), Preset, half: false),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("without groups"));
        Assert.That(() => ModelFolderWriter.WriteTransformers(_folder["hf"], Small("resnet18"), Preset with { CropMode = CropMode.Border }, half: false),
            Throws.TypeOf<CheckpointException>());
        Assert.That(Directory.Exists(_folder["hf"]), Is.False);
    }

    /// <summary>Files as transformers and timm write them, and the presets they mean.</summary>
    private static readonly object[][] Files =
    [
        ["""{"feature_extractor_type": "ConvNextFeatureExtractor", "size": 224, "crop_pct": 0.875, "resample": 3, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}""",
            new ImagePreset { Crop = 224, Resize = 256, Interpolation = Interpolation.Bicubic, Mean = new(0.5f, 0.5f, 0.5f), Std = new(0.5f, 0.5f, 0.5f) }],
        ["""{"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 384}, "resample": 1, "image_mean": [0, 0, 0], "image_std": [1, 1, 1]}""",
            new ImagePreset { Crop = 384, Resize = 384, CropMode = CropMode.Squash, Interpolation = Interpolation.Lanczos, Mean = default, Std = new(1, 1, 1) }],
        ["""{"image_processor_type": "BitImageProcessor", "size": {"shortest_edge": 256}, "do_center_crop": true, "crop_size": {"height": 240, "width": 224}, "do_normalize": false}""",
            new ImagePreset { Crop = (240, 224), Resize = 256, Mean = default, Std = new(1, 1, 1) }],
        ["""{"image_processor_type": "ViTImageProcessor", "size": {"height": 96, "width": 64}, "do_rescale": false, "do_normalize": false, "resample": 0}""",
            new ImagePreset { Crop = (96, 64), Resize = 64, CropMode = CropMode.Squash, Interpolation = Interpolation.Nearest, Mean = default, Std = new(1 / 255f, 1 / 255f, 1 / 255f) }],
        ["""{"architecture": "resnet50", "pretrained_cfg": {"input_size": [3, 224, 224], "test_input_size": [3, 288, 288], "crop_pct": 0.95, "interpolation": "bicubic", "crop_mode": "squash"}}""",
            new ImagePreset { Crop = 224, Resize = 235, CropMode = CropMode.Squash, Interpolation = Interpolation.Bicubic }],
        ["""{"architecture": "resnet50", "input_size": [3, 224, 224], "interpolation": "bilinear", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}""",
            new ImagePreset { Crop = 224, Resize = 256, Mean = new(0.5f, 0.5f, 0.5f), Std = new(0.5f, 0.5f, 0.5f) }],
    ];

    [TestCaseSource(nameof(Files))]
    public void FilesMeanThePresetsThatTheirLibrariesUse(string json, ImagePreset expected)
    {
        File.WriteAllText(_folder["a.json"], json);
        JsonFile file = JsonFile.Find(_folder.Path, "a.json")!;
        ImagePreset preset = json.Contains("architecture", StringComparison.Ordinal) ? TimmConfig.Preset(file)! : PreprocessorConfig.Preset(file);
        Assert.That(preset with { Resize = preset.Resize }, Is.EqualTo(expected)); // the same, by a length instead of a share
    }

    private static ResNet Small(string variant, bool stridesFirst = false)
    {
        ResNet model = new(ResNetVariants.Get(variant) with
        {
            NumClasses = Names.Length,
            Depths = [1, 2, 1, 1],
            Widths = [8, 16, 24, 32],
            StrideInFirstConvolution = stridesFirst,
        }, new(3));
        RandomNetwork.Randomize(model, new(4));
        model.ClassNames = Names;
        return model.Eval();
    }

    private void Write(ResNet model) => ModelFolderWriter.WriteTransformers(_folder["hf"], model, Preset, half: false);

    /// <summary>Distributes the weights among two files with an index.</summary>
    private void Split()
    {
        StateDict all = Safetensors.Read(_folder["hf/model.safetensors"], out _);
        StateDict[] parts = [new(), new()];
        JsonObject map = [];
        foreach ((string name, Tensor tensor) in all)
        {
            int part = map.Count % 2;
            parts[part].Add(name, tensor);
            map.Add(name, $"model-0000{part}.safetensors");
        }
        for (int i = 0; i < parts.Length; i++) Safetensors.Write(_folder[$"hf/model-0000{i}.safetensors"], parts[i]);
        File.Delete(_folder["hf/model.safetensors"]);
        File.WriteAllText(_folder["hf/model.safetensors.index.json"], new JsonObject { ["weight_map"] = map }.ToJsonString());
    }

    private void Change(string file, Action<JsonObject> change)
    {
        string path = Path.Combine(_folder["hf"], file);
        JsonObject json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }

    private void AssertRefused(string expected) =>
        Assert.That(() => ResNetCheckpoint.Load(_folder["hf"]), Throws.TypeOf<CheckpointException>().With.Message.Contains(expected));

    private static void AssertSame(ImageClassifier actual, ImageClassifier expected)
    {
        Assert.That(actual.Preset.Resize, Is.EqualTo(expected.Preset.Resize));
        Assert.That(actual.Labels, Is.EqualTo(Names));
        foreach (RgbImage image in (RgbImage[])[Pattern.Image(70, 50), Pattern.Image(40, 91)])
        {
            Assert.That(actual.Classify(image).Select(prediction => (prediction.Label, prediction.Probability)),
                Is.EqualTo(expected.Classify(image).Select(prediction => (prediction.Label, prediction.Probability))));
        }
    }
}
