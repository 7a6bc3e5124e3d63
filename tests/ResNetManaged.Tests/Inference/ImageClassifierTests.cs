using NUnit.Framework;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Inference;

public sealed class ImageClassifierTests
{
    // The softmax of ten float32 logits sums ten rounded exponentials and divides once: a few units in the last place of 1.
    private const double SoftmaxTolerance = 16 * 6e-8;

    [Test]
    public void ProbabilitiesAreTheSoftmaxOfTheLogits()
    {
        RgbImage image = Noise(1);
        IReadOnlyList<Prediction> predictions = new ImageClassifier(TinyData.Network()).Classify(image, top: 10);
        float[] logits = TinyData.Network().Forward(ImagePreset.Cifar10.Apply(image)).Span.ToArray();
        double sum = logits.Sum(logit => Math.Exp(logit));
        int[] order = [.. Enumerable.Range(0, 10).OrderByDescending(i => logits[i])];
        Assert.That(predictions.Select(prediction => prediction.Index), Is.EqualTo(order));
        foreach (Prediction prediction in predictions)
            Assert.That(prediction.Probability, Is.EqualTo(Math.Exp(logits[prediction.Index]) / sum).Within(SoftmaxTolerance));
    }

    [Test]
    public void ABatchGivesTheResultsOfItsImagesAlone()
    {
        ImageClassifier classifier = new(TinyData.Network());
        RgbImage[] images = [Noise(1), Noise(2), Noise(3)];
        Assert.That(classifier.Classify(images, top: 3), Is.EqualTo(images.Select(image => classifier.Classify(image, top: 3))));
    }

    [Test]
    public void ThreadsCanShareAClassifier()
    {
        ImageClassifier classifier = new(TinyData.Network());
        RgbImage[] images = [.. Enumerable.Range(0, 24).Select(Noise)];
        IReadOnlyList<Prediction>[] together = new IReadOnlyList<Prediction>[images.Length];
        Parallel.For(0, images.Length, i => together[i] = classifier.Classify(images[i]));
        Assert.That(together, Is.EqualTo(images.Select(image => classifier.Classify(image))));
    }

    [Test]
    public void LabelsMatchTheIndices()
    {
        string[] labels = [.. "abcdefghij".Select(letter => letter.ToString())];
        foreach (Prediction prediction in new ImageClassifier(TinyData.Network(), labels: labels).Classify(Noise(1), top: 100))
            Assert.That(prediction.Label, Is.EqualTo(labels[prediction.Index]));
    }

    [Test]
    public void APathAndAStreamLoadTheCheckpointsNetwork()
    {
        using TemporaryFolder folder = new();
        ResNet model = TinyData.Network();
        model.ClassNames = [.. "abcdefghij".Select(letter => letter.ToString())];
        ResNetCheckpoint.Save(folder["net.safetensors"], model);
        using FileStream stream = File.OpenRead(folder["net.safetensors"]);
        IReadOnlyList<Prediction> expected = new ImageClassifier(model).Classify(Noise(1));
        Assert.That(ImageClassifier.Load(folder["net.safetensors"]).Classify(Noise(1)), Is.EqualTo(expected));
        Assert.That(ImageClassifier.Load(stream).Classify(Noise(1)), Is.EqualTo(expected));
        Assert.That(stream.CanRead, Is.True, "the stream stays open");
    }

    [Test]
    public void LoadAppliesPresetLabelsAndOptions()
    {
        using TemporaryFolder folder = new();
        string[] labels = [.. "abcdefghij".Select(letter => letter.ToString())];
        ImagePreset preset = ImagePreset.Cifar10 with { Resize = 40 };
        ImageClassifier classifier = ImageClassifier.Load(TinyData.SaveNetwork(folder), preset, labels, new ExecutionOptions { Threads = 1 });
        Assert.That(classifier.Preset, Is.EqualTo(preset));
        Assert.That(classifier.Labels, Is.EqualTo(labels));
        Assert.That(classifier.Options.Threads, Is.EqualTo(1));
    }

    [Test]
    public void AFileThatIsNotACheckpointIsRejected()
    {
        using TemporaryFolder folder = new();
        Assert.That(() => ImageClassifier.Load(folder.Write("text", [65, 66, 67])), Throws.TypeOf<CheckpointException>());
        Assert.That(() => ImageClassifier.Load(new MemoryStream([65, 66, 67])), Throws.TypeOf<CheckpointException>());
        Assert.That(() => ImageClassifier.Load(folder["missing.pth"]), Throws.InstanceOf<IOException>());
    }

    [Test]
    public void RawPixelsGiveTheResultsOfTheirImage()
    {
        ImageClassifier classifier = new(TinyData.Network());
        byte[] pixels = new byte[50 * 40 * 4];
        new Random(5).NextBytes(pixels);
        Assert.That(classifier.Classify(pixels, 48, 40, PixelFormat.Bgra32, stride: 200, top: 3),
            Is.EqualTo(classifier.Classify(RgbImage.FromPixels(pixels, 48, 40, PixelFormat.Bgra32, stride: 200), top: 3)));
    }

    [TestCase("resnet18", 224)]
    [TestCase("textbook_resnet50", 224)]
    [TestCase("cifar_resnet20", 32)]
    public void TheDefaultPresetMatchesTheNetworksInput(string variant, int side) =>
        Assert.That(ImageClassifier.DefaultPreset(ResNetVariants.Get(variant)).Crop, Is.EqualTo((Size2D)side));

    [Test]
    public void RejectsNetworksThatCannotClassifyImages()
    {
        Assert.That(() => new ImageClassifier(TinyData.Network().Train()), Throws.ArgumentException.With.Message.Contains("Eval()"));
        Assert.That(() => new ImageClassifier(TinyData.Network(), labels: ["cat"]), Throws.ArgumentException.With.Message.Contains("1 labels"));
        Assert.That(() => new ImageClassifier(ResNet.Create("cifar_resnet20", inChannels: 1).Eval()),
            Throws.ArgumentException.With.Message.Contains("1 channels"));
        Assert.That(() => new ImageClassifier(TinyData.Network()).Classify(Noise(1), top: 0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private static RgbImage Noise(int seed)
    {
        RgbImage image = new(32, 32);
        new Random(seed).NextBytes(image.Pixels);
        return image;
    }
}
