using NUnit.Framework;
using ResNetManaged.ImageNet18;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Onnx;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace ResNetManaged.Tests.ImageNet18;

/// <summary>The network that is converted from ML.NET's featurizer when the library is built.</summary>
public sealed class ImageNet18NetworkTests
{
    /// <summary>The smallest cosine between the converted network's features and the original's: 0.9965 on 100 photographs, MODEL-CARD.md.</summary>
    private const double LeastCosine = 0.99;

    private static IReadOnlyList<string> Pictures => ImageFolder.FindFiles(Path.Combine(Repository.Root, "samples", "pictures"));

    [Test]
    public void ItIsABodyWithoutAHead()
    {
        ImageNetwork network = ImageNet18Network.Load();
        Assert.That((network.Training, network.NumClasses, network.FeatureCount, network.InChannels), Is.EqualTo((false, 0, 512, 3)));
        Assert.That(network.Preset!.Crop, Is.EqualTo(new Size2D(224, 224)));
        Assert.That(network.WithHead(3).NumClasses, Is.EqualTo(3));
    }

    [Test]
    public void AnEmbedderOfItGivesVectorsOf512Elements() => Assert.That(ImageNet18Network.CreateEmbedder().Dimensions, Is.EqualTo(512));

    [TestCaseSource(nameof(Pictures))]
    public void ItsFeaturesAreAlmostThoseOfTheOriginal(string path)
    {
        ImageNetwork network = ImageNet18Network.Load();
        RgbImage picture = ImageFile.Load(path);
        ReadOnlySpan<float> actual = new ImageEmbedder(network).Embed(picture);
        ImagePreset pixels = network.Preset! with { Mean = new RgbValues(0, 0, 0), Std = new RgbValues(1 / 255f, 1 / 255f, 1 / 255f) };
        Tensor input = OnnxFile.Read(FeaturizerFiles.Preprocessing).Forward(pixels.Apply(picture)).Reshape([1, 3, 224, 224]);
        ReadOnlySpan<float> expected = OnnxFile.Read(FeaturizerFiles.Network).Forward(input).ReadOnlySpan;
        Assert.That(TensorPrimitives.CosineSimilarity(actual, expected), Is.GreaterThan(LeastCosine));
    }
}
