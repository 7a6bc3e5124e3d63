using NUnit.Framework;
using ResNetManaged.Explaining;
using ResNetManaged.Inference;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Models;

/// <summary>A network without a head computes features and takes a new head, but has no classes.</summary>
public sealed class HeadlessTests
{
    private static readonly ResNet Whole = TinyData.Network();

    [Test]
    public void TheOutputIsTheFeatures()
    {
        Tensor input = Tensor.Uniform([2, 3, 32, 32], new TorchGenerator(1));
        Tensor output = Headless().Forward(input);
        Assert.That(output.Shape, Is.EqualTo(Shape.Create([2, 64])));
        Assert.That(output.ReadOnlySpan.ToArray(), Is.EqualTo(Whole.ForwardFeatures(input).ReadOnlySpan.ToArray()));
    }

    [Test]
    public void TheHeadThrows() => Assert.That(() => Headless().Head,
        Throws.InvalidOperationException.With.Message.EqualTo("ResNet.Head: the network has no head, so it embeds but does not classify; WithHead adds one."));

    [Test]
    public void ANewHeadMakesItClassify()
    {
        ResNet network = Headless().WithHead(3);
        Assert.That(network.Config.NumClasses, Is.EqualTo(3));
        Assert.That(network.Head.InFeatures, Is.EqualTo(64));
    }

    [Test]
    public void ItEmbeds() => Assert.That(new ImageEmbedder(Headless()).Dimensions, Is.EqualTo(64));

    [Test]
    public void ItDoesNotClassifyOrExplain()
    {
        Assert.That(() => new ImageClassifier(Headless()), Throws.ArgumentException.With.Message.StartsWith("ImageClassifier: the model has no head"));
        Assert.That(() => new GradCam(Headless()), Throws.ArgumentException.With.Message.Contains("the model has no head"));
    }

    [Test]
    public void ItIsSavedAndLoaded()
    {
        using TemporaryFolder folder = new();
        ResNetCheckpoint.Save(folder["body"], Headless());
        Assert.That(ResNetCheckpoint.Load(folder["body"]).Config.NumClasses, Is.Zero);
        Assert.That(() => ImageClassifier.Load(folder["body"]), Throws.TypeOf<CheckpointException>().With.Message.Contains("holds a network without a head"));
    }

    [Test]
    public void RequestedClassesMustBeInTheFile()
    {
        StateDict state = Headless().StateDict();
        Assert.That(() => ResNetCheckpoint.Build(state, numClasses: 10), Throws.TypeOf<StateDictMismatchException>().With.Message.Contains("fc.weight"));
    }

    /// <summary>The tiny network's body, read from its tensors.</summary>
    private static ResNet Headless()
    {
        StateDict body = new();
        foreach ((string name, Tensor tensor) in Whole.StateDict())
        {
            if (!name.StartsWith("linear", StringComparison.Ordinal)) body.Add(name, tensor);
        }
        return ResNetCheckpoint.Build(body);
    }
}
