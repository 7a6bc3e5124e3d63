using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Pretrained;

namespace ResNetManaged.Tests.Pretrained;

/// <summary>The names of networks, and torchvision's table.</summary>
public sealed class NameTests : PretrainedTest
{
    [Test]
    public void TorchvisionsTableNamesNetworksOfThisLibraryWithOneDefaultEach()
    {
        Assert.That(PretrainedNetworks.Torchvision, Has.Count.EqualTo(17));
        foreach (IGrouping<string, TorchvisionWeights> network in PretrainedNetworks.Torchvision.GroupBy(weights => weights.Architecture))
        {
            Assert.That(ResNetVariants.Names, Does.Contain(network.Key));
            Assert.That(network.Count(weights => weights.IsDefault), Is.EqualTo(1), network.Key);
            Assert.That(network.Single(weights => weights.IsDefault).Top1, Is.EqualTo(network.Max(weights => weights.Top1)));
        }
        foreach (TorchvisionWeights weights in PretrainedNetworks.Torchvision)
        {
            Assert.That(weights.FileName, Does.Match("^[a-z0-9_]+-[0-9a-f]{8}\\.pth$"));
            Assert.That(weights.Top5, Is.GreaterThan(weights.Top1).And.LessThan(100));
            Assert.That(weights.IsImageNet1k, Is.True);
        }
        Assert.That(PretrainedNetworks.Torchvision.Select(weights => weights.HashPrefix).Distinct().Count(), Is.EqualTo(17));
    }

    [TestCase("torchvision:resnet50", "torchvision/resnet50-11ad3fa6.pth", "torchvision:resnet50:IMAGENET1K_V2")]
    [TestCase("torchvision:resnet50:DEFAULT", "torchvision/resnet50-11ad3fa6.pth", "torchvision:resnet50:IMAGENET1K_V2")]
    [TestCase("torchvision:resnet50:IMAGENET1K_V1", "torchvision/resnet50-0676ba61.pth", "torchvision:resnet50:IMAGENET1K_V1")]
    [TestCase("TorchVision:resnet18", "torchvision/resnet18-f37072fd.pth", "torchvision:resnet18:IMAGENET1K_V1")]
    public void TorchvisionsNamesDefaultToItsDefaultWeights(string name, string file, string complete)
    {
        Assert.That(Find(name), Is.Null);
        string path = Folder.Write($"cache/{file}", [1, 2, 3]);
        PretrainedNetwork found = Find(name)!;
        Assert.That((found.Name, found.Path, found.WeightsPath, found.Bytes, found.IsImageNet1k), Is.EqualTo((complete, path, path, 3, true)));
        Assert.That(found.License, Does.Contain("BSD 3-Clause").And.Contain("ImageNet"));
        Assert.That(Server.Requests, Is.Empty);
    }

    [TestCase("torchvision:ResNet50", "did you mean 'torchvision:resnet50'?")]
    [TestCase("torchvision:resnet-101", "did you mean 'torchvision:resnet101'?")]
    [TestCase("torchvision:RESNEXT50_32X4D", "did you mean 'torchvision:resnext50_32x4d'?")]
    [TestCase("torchvision:vit_b_16", "resnet18 to wide_resnet101_2")]
    [TestCase("torchvision:resnet50:IMAGENET1K_V3", "IMAGENET1K_V1 and IMAGENET1K_V2")]
    [TestCase("torchvision:resnet18:IMAGENET1K_V2", "it has IMAGENET1K_V1")]
    [TestCase("Resnet18", "did you mean 'torchvision:resnet18'?")]
    [TestCase("microsoft/resnet-50", "did you mean 'hf:microsoft/resnet-50'?")]
    [TestCase("bogus", "expected torchvision:NAME, hf:OWNER/REPO or an https address")]
    [TestCase("hf:resnet", "expected hf:OWNER/REPO")]
    [TestCase("hf:a/../b", "expected hf:OWNER/REPO")]
    [TestCase("hf:a/b@../../x", "expected hf:OWNER/REPO")]
    [TestCase("hf:a/b/c", "expected hf:OWNER/REPO")]
    [TestCase("http://example.com/net.pth", "is not encrypted")]
    [TestCase("https://user:secret@example.com/net.pth", "credentials are not supported")]
    [TestCase("https://example.com/", "does not end with the name of a file")]
    [TestCase("https://example.com/a%2F..%2Fb", "does not end with the name of a file")]
    [TestCase("https://example.com/.hidden", "does not end with the name of a file")]
    public async Task AWrongNameIsAnErrorThatNamesTheRightOne(string name, string mentioned)
    {
        PretrainedException exception = await Fails(PretrainedFailure.UnknownName, name);
        Assert.That(exception.Message, Does.Contain(mentioned).And.Not.Contain("secret"));
        Assert.That(Server.Requests, Is.Empty);
    }

    [TestCase("torchvision:x", true)]
    [TestCase("hf:a/b", true)]
    [TestCase("https://a/b", true)]
    [TestCase("resnet50.pth", false)]
    [TestCase("C:\\weights\\a.pth", false)]
    public void NamesAreToldFromPaths(string text, bool isName) => Assert.That(PretrainedNetworks.IsName(text), Is.EqualTo(isName));
}
