using NUnit.Framework;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Serialization;

public sealed class ResNetCheckpointTests
{
    [Test]
    public void TheNetworkIsReadyForInferenceWithTheFilesClasses()
    {
        ResNet model = ResNetCheckpoint.Build(StateOf("cifar_resnet20", numClasses: 7));
        Assert.That(model.Config.NumClasses, Is.EqualTo(7));
        Assert.That(model.Training, Is.False);
    }

    [Test]
    public void TheRequestedClassesMustMatchTheFile() =>
        Assert.That(() => ResNetCheckpoint.Build(StateOf("cifar_resnet20", numClasses: 7), numClasses: 10),
            Throws.TypeOf<StateDictMismatchException>().With.Message.Contains("'linear.weight' has shape [7, 64]; the model expects [10, 64]"));

    [Test]
    public void SizesBeyondTheLargestArrayAreReportedAsTheFilesFault()
    {
        StateDict state = new() { Source = "r.pth" };
        foreach ((string name, Shape shape) in new (string, Shape)[]
        {
            ("conv1", [64, 3, 7, 7]), ("layer1.0.conv1", [64, 64, 1, 1]), ("layer1.0.conv2", [64, 64, 1, 1]), ("layer1.0.conv3", [256, 64, 1, 1]),
            ("layer2.0.conv1", [1, 1, 1, 1]), ("layer2.0.conv3", [2_000_000, 1, 1, 1]), ("fc", [10, 1]),
        })
        {
            state.Add($"{name}.weight", Tensor.Zeros(shape));
        }
        Assert.That(() => ResNetCheckpoint.Build(state),
            Throws.TypeOf<CheckpointException>().With.Message.StartsWith("Checkpoint 'r.pth': has shapes that no ResNet has; "));
    }

    [Test]
    public void AMismatchNamesTheLikelyNetwork() =>
        Assert.That(() => ResNetCheckpoint.Build(StateOf("resnet18", numClasses: 7), ResNetVariants.Get("resnet50")),
            Throws.TypeOf<StateDictMismatchException>().With.Message.EqualTo(
                "'r.pth' does not fit ResNet: 'layer1.0.conv1.weight' has shape [64, 64, 3, 3]; the model expects [64, 64, 1, 1]; "
                + "23 more shapes differ; missing: 'layer1.0.conv3.weight', 'layer1.0.bn3.weight' and 163 more. "
                + "The file looks like resnet18, not resnet50."));

    [Test]
    public void AMismatchWithTheInferredNetworkNamesNoOther()
    {
        StateDict state = StateOf("resnet18", numClasses: 7);
        state.Add("surplus", Tensor.Zeros([1]));
        Assert.That(() => ResNetCheckpoint.Build(state), Throws.TypeOf<StateDictMismatchException>().With.Message.EqualTo(
            "'r.pth' does not fit ResNet: not expected: 'surplus'."));
    }

    [Test]
    public void ClassNamesAreSavedWithTheTensors()
    {
        using TemporaryFolder folder = new();
        ResNet model = TinyData.Network(numClasses: 3);
        model.ClassNames = ["chat \"noir\"", "犬", "a/b"];
        ResNetCheckpoint.Save(folder["named"], model);
        ResNet read = ResNetCheckpoint.Load(folder["named"]);
        Assert.That(read.ClassNames, Is.EqualTo(model.ClassNames));
        Assert.That(read.StateDict().Keys, Is.EqualTo(model.StateDict().Keys));
        foreach ((string name, Tensor tensor) in model.StateDict())
            Assert.That(read.StateDict()[name].ReadOnlySpan.ToArray(), Is.EqualTo(tensor.ReadOnlySpan.ToArray()), name);
    }

    [Test]
    public void ANetworkWithoutNamesSavesNone()
    {
        using TemporaryFolder folder = new();
        ResNetCheckpoint.Save(folder["unnamed"], TinyData.Network());
        Assert.That(ResNetCheckpoint.Load(folder["unnamed"]).ClassNames, Is.Null);
    }

    [Test]
    public void ControlCharactersInNamesAreReplaced() =>
        Assert.That(NamesOf("""["a\u001b[31m", "b\n", "c"]"""), Is.EqualTo(new[] { "a?[31m", "b?", "c" }));

    [TestCase("cat, dog, owl")]
    [TestCase("""["cat", "dog"]""")]
    [TestCase("[1, 2, 3]")]
    [TestCase("""{"0": "cat"}""")]
    public void MetadataThatDoesNotNameTheClassesIsIgnored(string text) => Assert.That(NamesOf(text), Is.Null);

    [Test]
    public void TheNumberOfNamesMustMatchTheClasses() => Assert.That(() => TinyData.Network(numClasses: 3).ClassNames = ["cat"],
        Throws.ArgumentException.With.Message.StartsWith("ResNet.ClassNames: 1 names were given; the model has 3 classes."));

    private static IReadOnlyList<string>? NamesOf(string text)
    {
        using TemporaryFolder folder = new();
        Safetensors.Write(folder["file"], TinyData.Network(numClasses: 3).StateDict(), new Dictionary<string, string> { ["classes"] = text });
        return ResNetCheckpoint.Load(folder["file"]).ClassNames;
    }

    /// <summary>A network's state with zero weights.</summary>
    private static StateDict StateOf(string name, int numClasses)
    {
        StateDict state = new() { Source = "r.pth" };
        foreach ((string path, StateTensor tensor) in ResNet.Create(name, numClasses).NamedState()) state.Add(path, Tensor.Zeros(tensor.Shape));
        return state;
    }
}
