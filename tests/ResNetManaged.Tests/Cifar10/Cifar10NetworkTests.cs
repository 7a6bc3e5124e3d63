using NUnit.Framework;
using ResNetManaged.Cifar10;
using ResNetManaged.Datasets;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cifar10;

/// <summary>The network and the sample pictures that ship with the library.</summary>
public sealed class Cifar10NetworkTests
{
    private const int MostBytes = 4 << 20;

    private static readonly ImageClassifier Classifier = Cifar10Network.CreateClassifier();

    private static IReadOnlyList<string> Pictures => ImageFolder.FindFiles(Path.Combine(Repository.Root, "samples", "pictures"));

    [Test]
    public void ItHasTheClassesOfCifar10()
    {
        ResNet model = Cifar10Network.Load();
        Assert.That(model.Training, Is.False);
        Assert.That(model.Config.NumClasses, Is.EqualTo(10));
        Assert.That(model.ClassNames, Is.EqualTo(CifarDataset.Labels));
        Assert.That(Classifier.Labels, Is.EqualTo(Cifar10Network.ClassNames));
    }

    [Test]
    public void ItsFileIsSmall() => Assert.That(
        new FileInfo(Path.Combine(Repository.Root, "src", "ResNetManaged.Cifar10", "cifar10.safetensors")).Length, Is.LessThanOrEqualTo(MostBytes));

    [Test]
    public void EachLoadReturnsANewNetwork()
    {
        ResNet changed = Cifar10Network.Load();
        changed.Head.Weight.Value.Span.Clear();
        Assert.That(Cifar10Network.Load().Head.Weight.Value.ReadOnlySpan.ContainsAnyExcept(0f), Is.True);
    }

    [TestCaseSource(nameof(Pictures))]
    public void ItClassifiesTheSamplePictures(string path) =>
        Assert.That(Classifier.Classify(path)[0].Label, Is.EqualTo(Path.GetFileNameWithoutExtension(path)));

    [TestCaseSource(nameof(Pictures))]
    public void ItClassifiesMirroredCroppedAndResizedPictures(string path)
    {
        RgbImage picture = ImageFile.Load(path), mirrored = picture.Clone();
        for (int y = 0; y < picture.Height; y++)
        {
            for (int x = 0; x < picture.Width; x++) picture.Row(y).Slice(x * 3, 3).CopyTo(mirrored.Row(y)[((picture.Width - 1 - x) * 3)..]);
        }
        RgbImage[] variations = [mirrored, CenterCrop.Apply(picture, (340, 456)), CenterCrop.Apply(mirrored, (340, 456)), PilResize.Resize(picture, 120, 90)];
        foreach (IReadOnlyList<Prediction> predictions in Classifier.Classify(variations))
            Assert.That(predictions[0].Label, Is.EqualTo(Path.GetFileNameWithoutExtension(path)));
    }
}
