using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tests.Models;

public sealed class ResNetTests
{
    // Sources: torchvision's documentation; the article, 22,716,840 for its 34-layer network; He et al. 2015, table 6, 0.27 M to 1.7 M for
    // CIFAR-10. The recorded PyTorch modules check the others exactly.
    [TestCase("resnet18", 11_689_512)]
    [TestCase("resnet34", 21_797_672)]
    [TestCase("resnet50", 25_557_032)]
    [TestCase("resnet101", 44_549_160)]
    [TestCase("resnet152", 60_192_808)]
    [TestCase("resnext50_32x4d", 25_028_904)]
    [TestCase("resnext101_32x8d", 88_791_336)]
    [TestCase("resnext101_64x4d", 83_455_272)]
    [TestCase("wide_resnet50_2", 68_883_240)]
    [TestCase("wide_resnet101_2", 126_886_696)]
    [TestCase("textbook_resnet34", 22_716_840)]
    [TestCase("cifar_resnet20", 269_722)]
    public void ParameterCountsMatchThePublishedOnes(string name, long parameters) =>
        Assert.That(ResNet.Create(name).Parameters().Sum(parameter => (long)parameter.Shape.ElementCount), Is.EqualTo(parameters));

    [Test]
    public void TheErrorForAMisshapenInputOfFeaturesNamesTheLayer() => Assert.That(
        () => ResNet.Create("cifar_resnet20").ForwardFeatures(Tensor.Zeros([1, 4, 32, 32])),
        Throws.TypeOf<ShapeMismatchException>().With.Message.StartsWith("Conv2d 'conv1': input [1, 4, 32, 32] has 4 channels"));

    [Test]
    public void TheNameOfEveryConfigurationIsFound([ValueSource(typeof(ResNetVariants), nameof(ResNetVariants.Names))] string name)
    {
        string expected = name == "ecaresnext50t_32x4d" ? "ecaresnext26t_32x4d" : name; // two names of one network
        Assert.That(ResNetVariants.NameOf(ResNet.Create(name, numClasses: 7, inChannels: 4).Config), Is.EqualTo(expected));
    }

    [Test]
    public void EveryVariantReturnsOneLogitPerClass([ValueSource(typeof(ResNetVariants), nameof(ResNetVariants.Names))] string name)
    {
        ResNet model = ResNet.Create(name, numClasses: 7, inChannels: 4);
        Shape input = [2, 4, model.Config.InputSize, model.Config.InputSize];
        Assert.That(model.Trace(input).Output.Shape, Is.EqualTo(Shape.Create(2, 7)));
    }

    [TestCase("resnet18", 512)]
    [TestCase("resnetv2_50", 2048)]
    [TestCase("iresnet18", 512)]
    public void ANetworkWithoutAHeadReturnsItsFeaturesAndCanGetOne(string name, int features)
    {
        ResNet network = ResNet.Create(name, numClasses: 0);
        Shape input = [2, 3, network.Config.InputSize, network.Config.InputSize];
        Assert.That(network.FeatureCount, Is.EqualTo(features));
        Assert.That(network.Trace(input).Output.Shape, Is.EqualTo(Shape.Create(2, features)));
        Assert.That(() => network.Head, Throws.InvalidOperationException);
        ResNet headed = network.WithHead(7);
        Assert.That(headed.Trace(input).Output.Shape, Is.EqualTo(Shape.Create(2, 7)));
        Assert.That(headed.Head.InFeatures, Is.EqualTo(features));
        Assert.That(headed.Stages[0].NamedParameters().First().Parameter.Value, Is.SameAs(network.Stages[0].NamedParameters().First().Parameter.Value), "the body is shared");
    }

    [Test]
    public void AnUnknownNameIsReportedWithTheAvailableNames() =>
        Assert.That(() => ResNet.Create("resnet19"), Throws.ArgumentException.With.Message.StartsWith(
            "There is no model 'resnet19'; the models are textbook_resnet18, "));

    [TestCase("resnet18", 1, 1, "[1, 512]")]
    [TestCase("resnet50", 97, 65, "[1, 2048]")]
    [TestCase("cifar_resnet20", 33, 20, "[1, 64]")]
    public void TheNumberOfFeaturesDoesNotDependOnTheImageSize(string name, int height, int width, string features)
    {
        ResNet model = ResNet.Create(name, generator: new TorchGenerator(0));
        model.Eval();
        Assert.That(model.ForwardFeatures(Tensor.Ones([1, 3, height, width])).Shape.ToString(), Is.EqualTo(features));
    }

    [Test]
    public void AnImageTooSmallForAPoolingWindowIsReportedWithTheLayersPath() =>
        Assert.That(() => ResNet.Create("textbook_resnet18").Trace([2, 3, 1, 1]),
            Throws.TypeOf<ShapeMismatchException>().With.Message.StartsWith("MaxPool2d 'layer1.3': "));

    [Test]
    public void TheHeadMapsTheFeaturesToTheLogits()
    {
        ResNet model = ResNet.Create("cifar_resnet20", generator: new TorchGenerator(0));
        model.Eval();
        Tensor input = Tensor.Uniform([2, 3, 32, 32], new TorchGenerator(1));
        Tensor logits = model.GetSubmodule("linear").Forward(model.ForwardFeatures(input));
        Assert.That(logits.MaxAbsoluteDifference(model.Forward(input)), Is.Zero);
    }

    [Test]
    public void ASeedReproducesTheNetwork()
    {
        Tensor input = Tensor.Uniform([1, 3, 32, 32], new TorchGenerator(1));
        Tensor first = ResNet.Create("cifar_resnet20", generator: new TorchGenerator(7)).Forward(input);
        Tensor second = ResNet.Create("cifar_resnet20", generator: new TorchGenerator(7)).Forward(input);
        Tensor other = ResNet.Create("cifar_resnet20").Forward(input);
        Assert.That(second.MaxAbsoluteDifference(first), Is.Zero);
        Assert.That(other.MaxAbsoluteDifference(first), Is.GreaterThan(0));
    }
}
