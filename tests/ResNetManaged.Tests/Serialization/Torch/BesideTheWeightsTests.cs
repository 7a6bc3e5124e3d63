using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Tests.Serialization.Dialects;

namespace ResNetManaged.Tests.Serialization.Torch;

/// <summary>What training scripts store beside the weights is skipped, and whatever is not a state_dict is rejected with advice.</summary>
public sealed class BesideTheWeightsTests
{
    private static readonly Dictionary<string, Action<PickleBuilder>> Values = new()
    {
        ["argparse.Namespace"] = p => p.Global("argparse", "Namespace").Op(")").Op(0x81).Op("}").Text("lr").Op((byte)'K', 1).Op("sb"),
        ["a schedule's Counter"] = p => p.Global("collections", "Counter").Op("}").Op((byte)'K', 30, (byte)'K', 1).Op("s").Op(0x85, (byte)'R'),
        ["an OrderedDict"] = p => p.Global("collections", "OrderedDict").Op(")R"),
        ["a defaultdict"] = p => p.Global("collections", "defaultdict").Global("builtins", "int").Op(0x85, (byte)'R').Text("a").Op((byte)'K', 1).Op("s"),
        ["a deque"] = p => p.Global("collections", "deque").Op(")R").Op((byte)'K', 1).Op("a"),
        ["a datetime"] = p => p.Global("datetime", "datetime").Op((byte)'C', 2, 1, 2).Op(0x85, (byte)'R'),
        ["a path"] = p => p.Global("pathlib", "PosixPath").Text("runs").Op(0x85, (byte)'R'),
        ["an enum"] = p => p.Global("my.settings", "Mode").Op((byte)'K', 1).Op(0x85, (byte)'R'),
        ["an enum since Python 3.11"] = p => p.Global("__builtin__", "getattr").Global("my.settings", "Mode").Text("FAST").Op(0x86, (byte)'R'),
        ["an enum of a nested class"] = p => p.Global("builtins", "getattr").Global("__builtin__", "getattr").Global("my.settings", "Outer").Text("Mode")
            .Op(0x86, (byte)'R').Text("FAST").Op(0x86, (byte)'R'),
        ["a bound method"] = p => p.Global("__builtin__", "getattr").Global("my", "Schedule").Op(")R").Text("step").Op(0x86, (byte)'R'),
        ["combined flags"] = p => p.Global("_operator", "or_").Global("my", "Parts").Op((byte)'K', 1).Op(0x85, (byte)'R').Op((byte)'K', 2).Op(0x86, (byte)'R'),
        ["an ellipsis"] = p => p.Global("__builtin__", "Ellipsis"),
        ["NotImplemented"] = p => p.Global("builtins", "NotImplemented"),
        ["an exception"] = p => p.Global("builtins", "ValueError").Text("loss is NaN").Op(0x85, (byte)'R'),
        ["a function of Python's that computes"] = p => p.Global("builtins", "max"),
        ["a NumPy scalar of Python 2"] = p => p.Global("numpy.core.multiarray", "scalar").Global("numpy", "dtype").Op((byte)'U', 2).Op("f8").Op(0x85, (byte)'R')
            .Op((byte)'U', 2, 0xC3, 0x28).Op(0x86, (byte)'R'),
        ["an array of an unknown form"] = p => p.Global("numpy.core.multiarray", "_reconstruct").Op(")R").Op("}b"),
        ["a dtype"] = p => p.Global("torch", "float32"),
        ["a device"] = p => p.Global("torch", "device").Text("cuda").Op((byte)'K', 0).Op(0x86, (byte)'R'),
        ["a size"] = p => p.Global("torch", "Size").Op((byte)'K', 2).Op(0x85).Op(0x85, (byte)'R'),
        ["a SimpleNamespace"] = p => p.Global("types", "SimpleNamespace").Op(")R").Op("}b"),
        ["a partial"] = p => p.Global("functools", "partial").Global("torch.nn", "BatchNorm2d").Op(0x85, (byte)'R').Op("(NNtb"),
        ["a class of the script"] = p => p.Global("__main__", "Config").Op(")").Op(0x81).Op("}b"),
        ["a dict of the script"] = p => p.Global("easydict", "EasyDict").Op(")R").Op("(").Text("a").Op((byte)'K', 1).Op("u"),
        ["a NumPy array"] = p => p.Global("numpy.core.multiarray", "_reconstruct").Global("numpy", "ndarray").Op((byte)'K', 0).Op(0x85).Op((byte)'C', 1, (byte)'b').Op(0x87, (byte)'R')
            .Op("(").Op((byte)'K', 1).Op((byte)'K', 2).Op(0x85).Global("numpy", "dtype").Text("f4").Op(0x85, (byte)'R').Op(0x89).Op((byte)'C', 8, 0, 0, 0, 0, 0, 0, 0, 0).Op("tb"),
        ["a NumPy scalar"] = p => p.Global("numpy._core.multiarray", "scalar").Global("numpy", "dtype").Text("f8").Op(0x85, (byte)'R').Op((byte)'C', 1, 0).Op(0x86, (byte)'R'),
        ["a sparse tensor"] = p => p.Global("torch._utils", "_rebuild_sparse_tensor").Op("(NNtR"),
    };

    private static IEnumerable<string> Names => Values.Keys;

    [TestCaseSource(nameof(Names))]
    public void TheWeightsAreRead(string name)
    {
        ResNet network = ForeignFile.Network();
        byte[] file = ForeignFile.Torch(ForeignFile.Tensors(network), "model", pickle =>
        {
            pickle.Text("args");
            Values[name](pickle);
            pickle.Op("s");
        });
        ResNet read = ForeignFile.Load(file);
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(network)));
    }

    [Test]
    public void ACommandBesideTheWeightsIsRejected() => Assert.That(
        ForeignFile.Refusal(ForeignFile.Torch(ForeignFile.Tensors(ForeignFile.Network()), "model",
            pickle => pickle.Text("args").Global("os", "system").Text("true").Op(0x85, (byte)'R').Op("s"))),
        Does.Contain("refers to os.system").And.Contains("nothing is executed"));

    /// <summary>beside.pth of Goldens/make_pickles.py.</summary>
    [Test]
    public void WhatPythonWritesIsSkipped() => Assert.That(CheckpointFiles.Load(CheckpointFiles.Bytes("beside.pth"))["fc.weight"].ReadOnlySpan.ToArray(), Is.EqualTo(new float[] { 0, 1, 2, 3 }));

    [TestCase("torch.hub", "load", "torch.hub.load")]
    [TestCase("torch.utils", "cpp_extension", "torch.utils.cpp_extension.load")]
    public void AnAttributeThatIsCodeIsRejectedAsTheGlobalWouldBe(string module, string name, string full)
    {
        PickleBuilder pickle = new PickleBuilder().Global("builtins", "getattr");
        if (full.EndsWith(name, StringComparison.Ordinal)) pickle.Global("torch", "hub").Text(name);
        else pickle.Global("builtins", "getattr").Global("torch", "utils").Text(name).Op(0x86, (byte)'R').Text("load");
        Assert.That(CheckpointFiles.Refusal(ZipBuilder.Torch(pickle.Op(0x86, (byte)'R').Stop()).Build()), Does.Contain($"refers to {full}"), module);
    }

    [Test]
    public void AWholeModuleIsRejectedWithAdvice() => Assert.That(
        CheckpointFiles.Refusal(ZipBuilder.Torch(new PickleBuilder().Global("torchvision.models.resnet", "ResNet").Op(")").Op(0x81).Op("}b").Stop()).Build()),
        Does.EndWith("holds a whole object of the class torchvision.models.resnet.ResNet, which is code; "
            + "expected its tensors only; load it in Python and save it again with torch.save(model.state_dict(), path)."));

    [Test]
    public void TensorsInPythonsOwnPickleAreRejectedWithAdvice() => Assert.That(
        CheckpointFiles.Refusal(new PickleBuilder().Op("}").Text("a").Global("torch._utils", "_rebuild_tensor_v2").Op("(").Global("torch.storage", "_load_from_bytes")
            .Op((byte)'C', 1, 0).Op(0x85, (byte)'R').Integer(0).Integers([4]).Integers([1]).Op(0x89).Op("}tRs").Stop()),
        Does.Contain("holds torch's tensors as Python's own pickle writes them").And.Contains("save it again with torch.save(state_dict, path)"));

    [Test]
    public void AnArchiveOfArraysIsRejectedWithAdvice() => Assert.That(
        CheckpointFiles.Refusal(new ZipBuilder().Add("conv1.weight.npy", [1, 2]).Build()),
        Does.Contain("is an archive of NumPy arrays (.npz); expected a dict of them; in Python, save torch.save(dict(numpy.load(file)), path)"));

    [Test]
    public void AWholeModuleInAContainerIsRejectedWithAdvice() => Assert.That(
        CheckpointFiles.Refusal(ZipBuilder.Torch(new PickleBuilder().Op("}").Text("model").Global("net", "Net").Op(")").Op(0x81).Op("}bs").Stop()).Build()),
        Does.Contain("holds a whole object of the class net.Net under 'model', which is code"));

    [Test]
    public void AWholeModuleOfALegacyFileIsRejectedWithAdvice() => Assert.That(
        CheckpointFiles.Refusal(PickleBuilder.Legacy(new PickleBuilder().Op("(").Text("module").Global("net", "Net").Text("net.py").Text("class Net: pass").Op("tQ")
            .Op(")").Op(0x81).Op("}b").Stop())),
        Does.Contain("holds a whole object of the class net.Net, which is code"));

    [Test]
    public void ASparseTensorIsRejectedWithAdvice() => Assert.That(
        CheckpointFiles.Refusal(ZipBuilder.Torch(new PickleBuilder().Op("}").Text("b").Tensor(4, 0, [4], [1]).Op("s").Text("fc.weight")
            .Global("torch._utils", "_rebuild_sparse_tensor").Op("(NNtRs").Stop()).Build()),
        Does.EndWith("'fc.weight' is a sparse tensor; expected a dense one; save tensor.to_dense(), with torch.save(model.state_dict(), path)."));

    [Test]
    public void ADictOfSparseTensorsIsRejectedWithAdvice() => Assert.That(
        CheckpointFiles.Refusal(ZipBuilder.Torch(new PickleBuilder().Op("}").Text("fc.weight").Global("torch._utils", "_rebuild_sparse_tensor").Op("(")
            .Global("torch.serialization", "_get_layout").Text("torch.sparse_coo").Op(0x85, (byte)'R').Op("NtRs").Stop()).Build()),
        Does.Contain("'fc.weight' is a sparse tensor; expected a dense one"));

    [Test]
    public void AQuantizedStorageIsRejectedWithAdvice() => Assert.That(
        CheckpointFiles.Refusal(ZipBuilder.Torch(new PickleBuilder().Op("}").Text("w").Storage("0", 4, "QInt8Storage").Op("s").Stop()).Build()),
        Does.Contain("refers to torch.QInt8Storage, so it holds quantized tensors").And.Contains("expected float weights; save the network before quantizing it"));

    [Test]
    public void ATorchScriptArchiveWithCompressedCodeIsRejectedWithAdvice() => Assert.That(
        CheckpointFiles.Refusal(ZipBuilder.Torch(ZipBuilder.GoodPickle).Add("a/code/__torch__.py", [1, 2], method: 8, claimedLength: 2).Build()),
        Does.Contain("is a TorchScript archive; expected tensors only; load it in Python with torch.jit.load"));

    [Test]
    public void AParameterOfASubclassIsRead()
    {
        byte[] pickle = new PickleBuilder().Op("}").Text("weight").Global("torch._tensor", "_rebuild_from_type_v2").Op("(")
            .Global("torch._utils", "_rebuild_tensor_v2").Global("my", "Tensor").Op("(").Storage("0", 4).Integer(0).Integers([4]).Integers([1]).Op("t}").Op("tRs").Stop();
        Assert.That(CheckpointFiles.Load(ZipBuilder.Torch(pickle).Build())["weight"].Shape[0], Is.EqualTo(4));
    }
}
