using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using static ResNetManaged.Models.Builders;

namespace ResNetManaged.Tests.Models;

/// <summary>Repeats the article's calls one by one; each gives the result that the article shows.</summary>
public sealed class ArticleTests
{
    [Test]
    public void Conv3x3PrintsAsInTheArticle() => Assert.That(Conv3x3(2, 10).ToString(), Is.EqualTo(
        """
        Sequential(
          (0): Conv2d(2, 10, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)
          (1): BatchNorm2d(10, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
        )
        """));

    [Test]
    public void Conv1x1PrintsAsInTheArticle() => Assert.That(Conv1x1(2, 10, 1, true).ToString(), Is.EqualTo(
        """
        Sequential(
          (0): Conv2d(2, 10, kernel_size=(1, 1), stride=(1, 1), bias=False)
          (1): BatchNorm2d(10, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
        )
        """));

    [Test]
    public void ZeroInitializationSetsTheBatchNormsWeightToZero() =>
        Assert.That(((BatchNorm2d)Conv1x1(2, 10, 1, true)[1]).Weight!.ToString(), Is.EqualTo(
            """
            Parameter containing:
            tensor([0., 0., 0., 0., 0., 0., 0., 0., 0., 0.], requires_grad=True)
            """));

    [Test]
    public void WithoutZeroInitializationTheBatchNormsWeightIsOne() =>
        Assert.That(((BatchNorm2d)Conv1x1(2, 10, 1)[1]).Weight!.ToString(), Is.EqualTo(
            """
            Parameter containing:
            tensor([1., 1., 1., 1., 1., 1., 1., 1., 1., 1.], requires_grad=True)
            """));

    [Test]
    public void AStridedResidualUnitHalvesTheImageAndDoublesTheChannels()
    {
        Tensor data = Tensor.Ones([10, 64, 56, 56]);
        ResidualUnit conv3_x_18_0 = new(outChannels: 128, stride: 2);
        Assert.That(conv3_x_18_0.Forward(data).Shape, Is.EqualTo(Shape.Create(10, 128, 28, 28)));
    }

    [Test]
    public void AnUnstridedResidualUnitKeepsTheShape()
    {
        Tensor data = Tensor.Ones([10, 64, 56, 56]);
        ResidualUnit conv2_x_18_0 = new(outChannels: 64);
        Assert.That(conv2_x_18_0.Forward(data).Shape, Is.EqualTo(Shape.Create(10, 64, 56, 56)));
    }

    [Test]
    public void TheFirstBottleneckTakesTheStemsChannels()
    {
        Tensor data1 = Tensor.Ones([10, 64, 56, 56]);
        Bottleneck conv2_x_101_0 = new(inChannels: 64, middleChannels: 64);
        Assert.That(conv2_x_101_0.Forward(data1).Shape, Is.EqualTo(Shape.Create(10, 256, 56, 56)));
    }

    [Test]
    public void AStridedBottleneckHalvesTheImage()
    {
        Tensor data2 = Tensor.Ones([10, 256, 56, 56]);
        Bottleneck conv3_x_101_0 = new(middleChannels: 128, stride: 2);
        Assert.That(conv3_x_101_0.Forward(data2).Shape, Is.EqualTo(Shape.Create(10, 512, 28, 28)));
    }

    [Test]
    public void AnUnstridedBottleneckKeepsTheShape()
    {
        Tensor data3 = Tensor.Ones([10, 512, 28, 28]);
        Bottleneck conv3_x_101_1 = new(middleChannels: 128);
        Assert.That(conv3_x_101_1.Forward(data3).Shape, Is.EqualTo(Shape.Create(10, 512, 28, 28)));
    }

    [Test]
    public void AStageOfBottlenecksCanBeBuiltByHand()
    {
        List<Module> layers = [new Bottleneck(middleChannels: 128, stride: 2)];
        for (int i = 0; i < 6 - 1; i++) layers.Add(new Bottleneck(middleChannels: 128));
        Assert.That(new Sequential([.. layers]).Forward(Tensor.Ones([1, 256, 8, 8])).Shape, Is.EqualTo(Shape.Create(1, 512, 4, 4)));
    }

    [Test]
    public void AStageOfResidualUnitsCanBeBuiltByHand()
    {
        List<Module> layers = [new ResidualUnit(outChannels: 128, stride: 2)];
        for (int i = 0; i < 6 - 1; i++) layers.Add(new ResidualUnit(outChannels: 128));
        Assert.That(new Sequential([.. layers]).Forward(Tensor.Ones([1, 64, 8, 8])).Shape, Is.EqualTo(Shape.Create(1, 128, 4, 4)));
    }

    [Test]
    public void MakeLayersPrintsAsInTheArticle()
    {
        Sequential layer_34_conv4_x = MakeLayers(BlockKind.ResidualUnit, 256, 6, false);
        Assert.That(layer_34_conv4_x, Has.Count.EqualTo(6));
        Assert.That(new Sequential([.. layer_34_conv4_x]).ToString(), Is.EqualTo(Article("show-textbook_resnet34.layer4_x")));
    }

    [Test]
    public void SummaryOfConv2OfThe34LayerNetworkMatchesTheArticle()
    {
        Sequential conv2_x_34 = MakeLayers(BlockKind.ResidualUnit, 64, 3, afterConv1: true);
        ModelSummary summary = ModelSummary.Create(conv2_x_34, [10, 64, 56, 56], depth: 1);
        Assert.That(summary.ToString(), Is.EqualTo(Article("summary-textbook_resnet34.layer2_x")));
    }

    [Test]
    public void SummaryOfConv2OfThe101LayerNetworkMatchesTheArticle()
    {
        Sequential conv2_x_101 = MakeLayers(BlockKind.Bottleneck, 64, 3, afterConv1: true);
        ModelSummary summary = ModelSummary.Create(conv2_x_101, [10, 64, 56, 56], depth: 3);
        Assert.That(summary.ToString(), Is.EqualTo(Article("summary-textbook_resnet101.layer2_x")));
    }

    [Test]
    public void SummaryOfConv4OfThe101LayerNetworkMatchesTheArticle()
    {
        Sequential conv4_x_101 = MakeLayers(BlockKind.Bottleneck, 256, 23);
        ModelSummary summary = ModelSummary.Create(conv4_x_101, [10, 512, 28, 28], depth: 1);
        Assert.That(summary.ToString(), Is.EqualTo(Article("summary-textbook_resnet101.layer4_x")));
    }

    /// <summary>The article's forward pass lacks a return, so its table shows no shape for the network; ours shows the shape of the logits.</summary>
    [Test]
    public void SummaryOfThe34LayerNetworkMatchesTheArticle()
    {
        ResNet res34 = new(BlockKind.ResidualUnit, [3, 4, 6, 3], numClasses: 1000);
        ModelSummary summary = ModelSummary.Create(res34, [10, 3, 224, 224], depth: 1);
        Assert.That(summary.ToString(), Is.EqualTo(Article("summary-textbook_resnet34")));
    }

    [Test]
    public void The101LayerNetworkReturnsLogits()
    {
        ResNet res101 = new(BlockKind.Bottleneck, [3, 4, 23, 3], numClasses: 1000);
        Assert.That(res101.Trace([10, 3, 224, 224]).Output.Shape, Is.EqualTo(Shape.Create(10, 1000)));
    }

    private static string Article(string name) =>
        File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "Goldens", "article", name + ".txt")).TrimEnd('\n');
}
