using NUnit.Framework;
using ResNetManaged.Pretrained;
using ResNetManaged.Serialization.Classes;

namespace ResNetManaged.Tests.Serialization.Classes;

/// <summary>What a file's name says agrees with torchvision's table.</summary>
public sealed class PublishedFilesTests
{
    [Test]
    public void EveryPublishedFileHasItsPreprocessingAndItsClasses()
    {
        foreach (TorchvisionWeights weights in PretrainedNetworks.Torchvision)
        {
            string path = Path.Combine("cache", weights.FileName);
            Assert.That(PublishedFiles.PresetOf(path)?.Resize, Is.EqualTo(weights.Resize), weights.Name);
            Assert.That(PublishedFiles.HasImageNetClasses(path, 1000), Is.EqualTo(weights.IsImageNet1k), weights.Name);
        }
    }

    [Test]
    public void OtherFilesAndOtherHeadsHaveNone()
    {
        Assert.That(PublishedFiles.PresetOf("resnet50.pth"), Is.Null);
        Assert.That(PublishedFiles.HasImageNetClasses("resnet50-11ad3fa6.pth", 10), Is.False);
    }
}
