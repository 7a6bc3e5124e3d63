using NUnit.Framework;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Inference;

public sealed class ImageEmbedderTests
{
    private static readonly RgbImage Image = ColoredImages.Create(label: 1, side: 48, seed: 3);

    [TestCase("cifar_resnet20")]
    [TestCase("resnet18")]
    [TestCase("resnet50")]
    [TestCase("textbook_resnet18")]
    public void TheVectorIsThePooledLastStage(string name)
    {
        ResNet model = ResNet.Create(name, generator: new TorchGenerator(1)).Eval();
        ImagePreset preset = name.StartsWith("cifar", StringComparison.Ordinal) ? ImagePreset.Cifar10 : new ImagePreset { Resize = 64, Crop = 64 };
        ImageEmbedder embedder = new(model, preset);
        float[] vector = embedder.Embed(Image);
        Assert.That(vector, Has.Length.EqualTo(embedder.Dimensions));
        Assert.That(vector, Is.EqualTo(model.ForwardFeatures(preset.Apply(Image)).ReadOnlySpan.ToArray()), "bit-identical to the module's features");

        FeatureMaps features = embedder.Features(Image);
        Assert.That(features.Stages, Has.Count.EqualTo(model.Config.Depths.Length));
        Assert.That(features.Pooled.ReadOnlySpan.ToArray(), Is.EqualTo(vector));
        Tensor last = features.Stages[^1];
        int plane = last.Shape[2] * last.Shape[3];
        for (int c = 0; c < embedder.Dimensions; c++)
        {
            double mean = 0;
            foreach (float number in last.ReadOnlySpan.Slice(c * plane, plane)) mean += number;
            Assert.That(vector[c], Is.EqualTo(mean / plane).Within(1e-6 * (1 + Math.Abs(mean / plane))), "float32 sums of at most 64 numbers");
        }
        for (int stage = 0; stage < features.Stages.Count; stage++)
            Assert.That(features.Stages[stage].Shape[1], Is.EqualTo(model.Config.Widths[stage] * model.Config.Block.Expansion));
    }

    [Test]
    public void BatchesTensorsAndCallerMemoryGetBitIdenticalVectors()
    {
        ImageEmbedder embedder = new(TinyData.Network());
        RgbImage other = ColoredImages.Create(label: 2, side: 32, seed: 4);
        float[] first = embedder.Embed(Image), second = new float[embedder.Dimensions];
        embedder.Embed(other, second);
        float[] expected = [.. first, .. second];
        Assert.That(embedder.Embed([Image, other]).ReadOnlySpan.ToArray(), Is.EqualTo(expected));
        Assert.That(embedder.Embed(embedder.Preset.Apply([Image, other])).ReadOnlySpan.ToArray(), Is.EqualTo(expected));
        Assert.That(() => embedder.Embed(Image, new float[3]), Throws.ArgumentException.With.Message.Contains("3"));
    }

    [Test]
    public void ACheckpointLoadsFromAFileAndFromAStream()
    {
        using TemporaryFolder folder = new();
        string path = TinyData.SaveNetwork(folder);
        float[] expected = new ImageEmbedder(TinyData.Network()).Embed(Image);
        using FileStream stream = File.OpenRead(path);
        Assert.That(ImageEmbedder.Load(path).Embed(Image), Is.EqualTo(expected));
        Assert.That(ImageEmbedder.Load(stream).Embed(Image), Is.EqualTo(expected));
        byte[] file = ImageFile.EncodePng(Image);
        string picture = folder.Write("a.png", file);
        Assert.That(ImageEmbedder.Load(path).Embed(picture), Is.EqualTo(expected));
        Assert.That(ImageEmbedder.Load(path).Embed((ReadOnlySpan<byte>)file), Is.EqualTo(expected));
        Assert.That(ImageEmbedder.Load(path).Embed(new MemoryStream(file)), Is.EqualTo(expected));
    }

    [Test]
    public void ANetworkThatCannotProcessImagesIsRejected()
    {
        Assert.That(() => new ImageEmbedder(ResNet.Create("cifar_resnet20")), Throws.ArgumentException.With.Message.Contains("training mode"));
        ResNet gray = ResNet.Create("cifar_resnet20", inChannels: 1).Eval();
        Assert.That(() => new ImageEmbedder(gray), Throws.ArgumentException.With.Message.Contains("1 channels"));
    }
}
