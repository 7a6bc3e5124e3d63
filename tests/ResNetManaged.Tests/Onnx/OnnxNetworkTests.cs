using NUnit.Framework;
using ResNetManaged.Datasets;
using ResNetManaged.Explaining;
using ResNetManaged.FineTuning;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Onnx;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Onnx;

/// <summary>What works with ResNets works with networks that were read from ONNX.</summary>
public sealed class OnnxNetworkTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Create() => _folder = new TemporaryFolder();

    [TearDown]
    public void Delete() => _folder.Dispose();

    [TestCase("resnet18")]
    [TestCase("cifar_resnet20")]
    [TestCase("seresnet50")]
    public void EmbeddingsAreThoseOfTheModule(string variant)
    {
        ResNet network = RandomNetwork.Create(variant, mostBlocks: 1, numClasses: 10);
        OnnxNetwork read = RoundTripTests.RoundTrip(_folder, network);
        Tensor images = RoundTripTests.Images(network, 2);
        RoundTripTests.AssertClose(new ImageEmbedder(read).Embed(images), new ImageEmbedder(network).Embed(images), variant);
    }

    [TestCase("resnet18")]
    [TestCase("cifar_resnet20")]
    public void StagesAreThoseOfTheModule(string variant)
    {
        ResNet network = RandomNetwork.Create(variant, mostBlocks: 1, numClasses: 10);
        OnnxNetwork read = RoundTripTests.RoundTrip(_folder, network);
        Assert.That(read.StageCount, Is.EqualTo(network.StageCount));
        Tensor image = RoundTripTests.Images(network, 1);
        ImagePreset preset = network.UsualPreset with { Crop = (image.Shape[2], image.Shape[3]) };
        for (int stage = 0; stage < network.StageCount; stage++)
        {
            Tensor heat = new GradCam(read, preset).Explain(image, classIndex: 3, stage).Map, expected =
                new GradCam(network, preset).Explain(image, classIndex: 3, stage).Map;
            RoundTripTests.AssertClose(heat, expected, $"{variant}, stage {stage}");
        }
        if (variant == "cifar_resnet20") return; // its stem has the size of the first stage, and belongs to it
        foreach ((string name, _) in network.NamedState()) Assert.That(read.DepthOf(name), Is.EqualTo(network.DepthOf(name)), name);
    }

    [TestCase(TrainedPart.HeadOnly)]
    [TestCase(TrainedPart.LastStage)]
    public void FineTunedNetworksGoOutAsOnnx(TrainedPart part)
    {
        OnnxNetwork body = RoundTripTests.RoundTrip(_folder, TinyData.Network());
        Dictionary<string, float[]> before = body.StateDict().ToDictionary(entry => entry.Key, entry => entry.Value.ReadOnlySpan.ToArray());
        ImageDataset images = ImageDatasets.Open(ColoredImages.Write(_folder, "pictures", perClass: 6));
        FineTuner tuner = new(body, images, new FineTuningOptions
        {
            Part = part,
            Epochs = 2,
            ValidationShare = 0,
            Output = _folder["new.safetensors"]
        });
        tuner.Run();
        string[] changed = [.. tuner.Model.StateDict().Where(entry => before.TryGetValue(entry.Key, out float[]? old)
            && !entry.Value.ReadOnlySpan.SequenceEqual(old))
            .Select(entry => entry.Key.Split('.')[0]).Distinct()];
        Assert.That(changed, Is.EqualTo(part == TrainedPart.HeadOnly ? Array.Empty<string>() : ["layer3"]));

        ImageNetwork saved = NetworkFile.Load(_folder["new.safetensors"]);
        Assert.That(saved.ClassNames, Is.EqualTo(ColoredImages.ClassNames));
        Tensor input = RoundTripTests.Images(saved, 3);
        Tensor logits = tuner.Model.Eval().Forward(input);
        Close.AssertSameBits(saved.Forward(input).ReadOnlySpan, logits.ReadOnlySpan, "safetensors");

        OnnxFile.Write(_folder["new.onnx"], tuner.Model);
        ImageNetwork written = OnnxFile.Read(_folder["new.onnx"]);
        Assert.That(written.ClassNames, Is.EqualTo(ColoredImages.ClassNames));
        RoundTripTests.AssertClose(written.Forward(input), logits, "ONNX");
    }

    [Test]
    public void OtherHeadsKeepTheBody()
    {
        OnnxNetwork read = RoundTripTests.RoundTrip(_folder, RandomNetwork.Create("resnet18", mostBlocks: 1, numClasses: 10));
        ImageNetwork other = read.WithHead(4);
        Tensor images = RoundTripTests.Images(read, 2);
        Assert.That((other.NumClasses, other.FeatureCount), Is.EqualTo((4, read.FeatureCount)));
        Close.AssertSameBits(other.ForwardFeatures(images).ReadOnlySpan, read.ForwardFeatures(images).ReadOnlySpan, "features");
        ImageNetwork again = other.WithHead(5);
        Assert.That(again.NumClasses, Is.EqualTo(5));
    }

    [Test]
    public void ClassNamesComeFromFilesBesideTheModel()
    {
        OnnxFile.Write(_folder["model/onnx/model.onnx"], TinyData.Network(numClasses: 2));
        _folder.Write("model/config.json", """{"model_type": "resnet", "id2label": {"0": "cat", "1": "dog"}}"""u8.ToArray());
        Assert.That(OnnxFile.Read(_folder["model/onnx/model.onnx"]).ClassNames, Is.EqualTo(["cat", "dog"]));
    }

    [Test]
    public void ClassifiersReadFilesAndStreams()
    {
        ResNet network = TinyData.Network();
        OnnxFile.Write(_folder["net.onnx"], network);
        using FileStream stream = File.OpenRead(_folder["net.onnx"]);
        foreach (ImageClassifier classifier in (ImageClassifier[])[ImageClassifier.Load(_folder["net.onnx"]), ImageClassifier.Load(stream)])
            Assert.That(classifier.Model.NumClasses, Is.EqualTo(10));
    }
}
