using NUnit.Framework;
using ResNetManaged.Layers.State;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Layers.State;

public sealed class StateDictTests
{
    [Test]
    public void KeepsInsertionOrder()
    {
        StateDict tensors = [];
        string[] names = ["z", "a", "m.1", "m.0"];
        foreach (string name in names) tensors.Add(name, Tensor.Zeros([1]));
        Assert.That(tensors.Keys, Is.EqualTo(names));
        Assert.That(tensors.Select(pair => pair.Key), Is.EqualTo(names));
    }

    [Test]
    public void RejectsADuplicateName()
    {
        StateDict tensors = new() { Source = "a.pth" };
        tensors.Add("fc.weight", Tensor.Zeros([1]));
        Assert.That(() => tensors.Add("fc.weight", Tensor.Zeros([2])),
            Throws.ArgumentException.With.Message.Contains("'a.pth' already has a tensor 'fc.weight'"));
        Assert.That(tensors, Has.Count.EqualTo(1));
    }

    [Test]
    public void TheErrorForAMissingTensorNamesIt() =>
        Assert.That(() => new StateDict { Source = "a.pth" }["fc.bias"],
            Throws.TypeOf<KeyNotFoundException>().With.Message.EqualTo("'a.pth' has no tensor 'fc.bias' among its 0."));
}
