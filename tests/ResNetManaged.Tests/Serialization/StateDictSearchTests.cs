using NUnit.Framework;

namespace ResNetManaged.Tests.Serialization;

/// <summary>Finding the state_dict and removing prefixes from its names.</summary>
public sealed class StateDictSearchTests
{
    [TestCase("state_dict")]
    [TestCase("model_state_dict")]
    [TestCase("model")]
    [TestCase("net")]
    [TestCase("model/state_dict")]
    public void TheCommonContainersAreSearched(string path)
    {
        PickleBuilder pickle = new();
        string[] containers = path.Split('/');
        foreach (string container in containers) pickle.Op("}").Text("epoch").Op((byte)'K', 3, (byte)'s').Text(container);
        pickle.Op("}").Text("fc.weight").Tensor(4, 0, [4], [1]).Op("s");
        foreach (string _ in containers) pickle.Op("s");
        Assert.That(Names(pickle), Is.EqualTo(new[] { "fc.weight" }));
    }

    [TestCase("](", "e")] // a list
    [TestCase("(", "t")] // a tuple
    public void ADictInASequenceIsFound(string start, string end)
    {
        PickleBuilder pickle = new PickleBuilder().Op(start).Op("}").Text("conv1.weight").Tensor(4, 0, [2, 2, 1, 1], [2, 1, 1, 1]).Op("s}").Text("epoch").Op((byte)'K', 3).Op("s").Op(end);
        Assert.That(Names(pickle), Is.EqualTo(new[] { "conv1.weight" }));
    }

    [Test]
    public void ValuesOtherThanTensorsAreSkipped()
    {
        PickleBuilder pickle = new PickleBuilder().Op("}").Text("epoch").Op((byte)'K', 3, (byte)'s').Text("fc.weight").Tensor(4, 0, [4], [1]).Op("s")
            .Op((byte)'K', 1).Tensor(4, 0, [4], [1]).Op("s"); // a key that is a number
        Assert.That(Names(pickle), Is.EqualTo(new[] { "fc.weight" }));
    }

    [TestCase("module.a module.b", "a b")]
    [TestCase("module.model.a module.model.b", "a b")]
    [TestCase("_orig_mod.net.a _orig_mod.net.b", "a b")]
    [TestCase("backbone.a backbone.b", "a b")]
    [TestCase("module.a b", "module.a b")] // not on all
    [TestCase("fc.weight fc.bias", "fc.weight fc.bias")] // a layer's name, not a wrapper's
    [TestCase("module.", "module.")]
    public void OnlyAWrapperPrefixSharedByAllNamesIsRemoved(string names, string expected)
    {
        PickleBuilder pickle = new PickleBuilder().Op("}");
        foreach (string name in names.Split(' ')) pickle.Text(name).Tensor(4, 0, [4], [1]).Op("s");
        Assert.That(Names(pickle), Is.EqualTo(expected.Split(' ')));
    }

    /// <summary>Removing 100,000 prefixes one by one would copy 60 gigabytes.</summary>
    [Test]
    public void ALongRepeatedPrefixIsRemovedAtOnce()
    {
        PickleBuilder pickle = new PickleBuilder().Op("}").Text(string.Concat(Enumerable.Repeat("model.", 100_000)) + "fc.weight")
            .Tensor(4, 0, [4], [1]).Op("s");
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(Names(pickle), Is.EqualTo(new[] { "fc.weight" }));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000_000));
    }

    /// <summary>Python 2 and PyTorch 0.1: byte strings, an OrderedDict called with its pairs, Parameter as a call.</summary>
    [Test]
    public void TheOldestFormatIsRead()
    {
        PickleBuilder pickle = new PickleBuilder().Global("collections", "OrderedDict").Op("](](").Op((byte)'U', 9).Op("fc.weight")
            .Global("torch.nn.parameter", "Parameter").Tensor(4, 0, [2, 2], [1, 2]).Op(0x88, 0x86).Op("Ree").Op(0x85, (byte)'R');
        Assert.That(Names(pickle), Is.EqualTo(new[] { "fc.weight" }));
    }

    [Test]
    public void AListOfTensorsLacksTheirNames() => Assert.That(
        CheckpointFiles.Refusal(ZipBuilder.Torch(new PickleBuilder().Op("](").Tensor(4, 0, [2], [1]).Tensor(4, 0, [2], [1]).Op("e").Stop()).Build()),
        Does.Contain("is a list of 2 tensors without names; expected a dict of them; save torch.save(model.state_dict(), path)."));

    [TestCase("ComplexFloatStorage")]
    [TestCase("ComplexDoubleStorage")]
    public void ComplexNumbersAreNamed(string type) => Assert.That(
        CheckpointFiles.Refusal(ZipBuilder.Torch(new PickleBuilder().Op("}").Text("w").Global("torch._utils", "_rebuild_tensor_v2").Op("(").Storage("0", 2, type).Stop()).Build()),
        Does.Contain("has a tensor of complex numbers (before byte ").And.Contain("expected real ones; save tensor.real"));

    private static IEnumerable<string> Names(PickleBuilder pickle) =>
        CheckpointFiles.Load(PickleBuilder.Legacy(pickle.Stop(), ("0", [1, 2, 3, 4]))).Keys;
}
