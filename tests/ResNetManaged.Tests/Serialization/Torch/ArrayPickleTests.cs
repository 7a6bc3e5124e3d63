using NUnit.Framework;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Serialization.Dialects;

namespace ResNetManaged.Tests.Serialization.Torch;

/// <summary>Plain pickles of NumPy arrays, as Detectron and Detectron2 publish them: Goldens/make_pickles.py.</summary>
public sealed class ArrayPickleTests
{
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    [TestCase(5)]
    public void ArraysAreReadFromEveryProtocol(int protocol)
    {
        StateDict actual = CheckpointFiles.Load(CheckpointFiles.Bytes(FormattableString.Invariant($"arrays.protocol{protocol}.pkl")));
        StateDict expected = CheckpointFiles.Expected("arrays");
        Assert.That(actual.Keys, Is.EqualTo(expected.Keys));
        foreach ((string name, Tensor tensor) in expected)
        {
            Assert.That(actual[name].Shape, Is.EqualTo(tensor.Shape), name);
            Assert.That(actual[name].ReadOnlySpan.ToArray(), Is.EqualTo(tensor.ReadOnlySpan.ToArray()), name);
        }
    }

    /// <summary>A dict of arrays that torch.save wrote, alone or in a container.</summary>
    [TestCase("zip.arrays.pth")]
    [TestCase("legacy.arrays.pth")]
    public void ArraysAreReadFromTorchsFiles(string file)
    {
        StateDict actual = CheckpointFiles.Load(CheckpointFiles.Bytes(file)), expected = CheckpointFiles.Expected("arrays");
        Assert.That(actual.Keys, Is.EqualTo(expected.Keys));
        foreach ((string name, Tensor tensor) in expected) Assert.That(actual[name].ReadOnlySpan.ToArray(), Is.EqualTo(tensor.ReadOnlySpan.ToArray()), name);
    }

    [Test]
    public void AnArrayAmongTensorsIsNoTensor()
    {
        PickleBuilder pickle = new PickleBuilder().Op("}").Text("weight").Tensor(4, 0, [4], [1]).Op("s").Text("classes").Global("numpy.core.multiarray", "_reconstruct")
            .Global("numpy", "ndarray").Op((byte)'K', 0).Op(0x85).Op((byte)'C', 1, (byte)'b').Op(0x87, (byte)'R')
            .Op("(").Op((byte)'K', 1).Op((byte)'K', 1).Op(0x85).Global("numpy", "dtype").Text("i1").Op(0x85, (byte)'R').Op(0x89).Op((byte)'C', 1, 7).Op("tbs");
        Assert.That(CheckpointFiles.Load(ZipBuilder.Torch(pickle.Stop()).Build()).Keys, Is.EqualTo(new[] { "weight" }));
    }

    [Test]
    public void CaffesNetworkComputesItsLogitsOfPicturesInRgb()
    {
        ResNet network = ForeignFile.Load(CheckpointFiles.Bytes("caffe2.python2.pkl"));
        Assert.That((network.Origin!.Dialect, network.Origin.Container), Is.EqualTo(("Caffe2", "blobs")));
        Assert.That(network.Origin.Notes, Has.One.Contains("takes blue, green and red"));
        Assert.That(network.Preset, Is.EqualTo(new ImagePreset { Std = new(1 / 255f, 1 / 255f, 1 / 255f) })); // 0 to 255 less the mean
        Tensor image = Tensor.Uniform([2, 3, 64, 64], new TorchGenerator(0));
        foreach (ref float value in image.Span) value = 2 * value - 1;
        float[] actual = network.Forward(image).ReadOnlySpan.ToArray();
        float[] expected = CheckpointFiles.ExpectedArray("caffe2.logits").ReadOnlySpan.ToArray();
        float tolerance = 2e-5f * expected.Max(Math.Abs); // of about 15 float32 layers
        Assert.That(actual, Is.EqualTo(expected).Within(tolerance));
    }

    [Test]
    public void AnArrayOfObjectsIsNoTensor() =>
        Assert.That(ForeignFile.Refusal(CheckpointFiles.Bytes("refused_objects.pkl")), Does.Contain("holds 0 tensors that are not a ResNet's"));

    [Test]
    public void ACommandInAPlainPickleIsRejected() => Assert.That(
        CheckpointFiles.Refusal(new PickleBuilder().Global("os", "system").Text("true").Op(0x85, (byte)'R').Stop()),
        Does.Contain("refers to os.system").And.Contains("nothing is executed"));

    [Test]
    public void APickledObjectIsRejectedWithAdvice() => Assert.That(
        CheckpointFiles.Refusal(new PickleBuilder().Global("sklearn.svm", "SVC").Op(")").Op(0x81).Op("}b").Stop()),
        Does.Contain("holds a whole object of the class sklearn.svm.SVC, which is code"));

    [Test]
    public void APickleOfNumbersIsRejected() => Assert.That(
        CheckpointFiles.Refusal(new PickleBuilder().Op("}").Text("epoch").Op((byte)'K', 3, (byte)'s').Stop()),
        Does.Contain("has no tensors in its dict"));

    [TestCase(4, 12, "'w' of shape [4] has 12 bytes; expected 16")]
    [TestCase(-1, 4, "'w' has the shape [-1]")]
    public void AnArrayThatContradictsItselfIsRejected(int count, int bytes, string expected) =>
        Assert.That(CheckpointFiles.Refusal(Array("<", count, bytes)), Does.Contain(expected));

    [Test]
    public void ABigEndianArrayIsRejectedWithAdvice() =>
        Assert.That(CheckpointFiles.Refusal(Array(">", 1, 4)), Does.Contain("'w' is big endian; expected little endian"));

    [Test]
    public void BytesThatAreMissingAreNotAllocated() =>
        Assert.That(CheckpointFiles.Refusal(new PickleBuilder().Op("B").UInt32(uint.MaxValue).Stop()), Does.Contain("ends early"));

    private static byte[] Array(string order, long count, int bytes) => new PickleBuilder().Op("}").Text("w")
        .Global("numpy.core.multiarray", "_reconstruct").Global("numpy", "ndarray").Op((byte)'K', 0).Op(0x85).Op((byte)'C', 1, (byte)'b')
        .Op(0x87, (byte)'R').Op("(").Op((byte)'K', 1).Integers([count]).Global("numpy", "dtype").Text("f4").Op(0x89, 0x88, 0x87, (byte)'R')
        .Op("(").Op((byte)'K', 3).Text(order).Op("NNN").Op((byte)'K', 0, (byte)'K', 0, (byte)'K', 0).Op("tb")
        .Op(0x89).Op([(byte)'C', (byte)bytes, .. new byte[bytes]]).Op("tb").Op("s").Stop();
}
