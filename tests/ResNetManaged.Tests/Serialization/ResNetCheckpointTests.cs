using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Serialization;

public sealed class ResNetCheckpointTests
{
    private static IEnumerable<string> Variants => ResNetVariants.Names;

    [TestCaseSource(nameof(Variants))]
    public void EveryVariantIsInferredFromItsNamesAndShapes(string name)
    {
        ResNet model = ResNetCheckpoint.Build(StateOf(name, numClasses: 7));
        Assert.That(ResNetVariants.NameOf(model.Config), Is.EqualTo(name));
        Assert.That(model.Config.NumClasses, Is.EqualTo(7));
        Assert.That(model.Training, Is.False);
    }

    [Test]
    public void AMismatchNamesTheNetworkThatTheTensorsLookLike() =>
        Assert.That(() => ResNetCheckpoint.Build(StateOf("resnet18", numClasses: 7), ResNetVariants.Get("resnet50")),
            Throws.TypeOf<StateDictMismatchException>().With.Message.EqualTo(
                "'r.pth' does not fit ResNet: 'layer1.0.conv1.weight' has shape [64, 64, 3, 3]; the model expects [64, 64, 1, 1]; "
                + "23 more shapes differ; missing: 'layer1.0.conv3.weight', 'layer1.0.bn3.weight' and 163 more. "
                + "The file looks like resnet18, not resnet50."));

    [Test]
    public void WithoutAnotherNetworkInSightTheMismatchStandsAlone()
    {
        StateDict state = StateOf("resnet18", numClasses: 7);
        state.Add("surplus", Tensor.Zeros([1]));
        Assert.That(() => ResNetCheckpoint.Build(state), Throws.TypeOf<StateDictMismatchException>().With.Message.EqualTo(
            "'r.pth' does not fit ResNet: not expected: 'surplus'."));
    }

    /// <summary>A network's state with zeros for weights.</summary>
    private static StateDict StateOf(string name, int numClasses)
    {
        StateDict state = new() { Source = "r.pth" };
        foreach ((string path, StateTensor tensor) in ResNet.Create(name, numClasses).NamedState()) state.Add(path, Tensor.Zeros(tensor.Shape));
        return state;
    }
}
