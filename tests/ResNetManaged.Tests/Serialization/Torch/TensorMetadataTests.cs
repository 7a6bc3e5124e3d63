using NUnit.Framework;
using ResNetManaged.Layers.State;

namespace ResNetManaged.Tests.Serialization.Torch;

/// <summary>The last argument of torch's tensors since PyTorch 2.0, which says how their elements differ from their storage's.</summary>
public sealed class TensorMetadataTests
{
    private static readonly float[] Stored = [1, 2, 3, 4];

    [TestCase(new long[] { 4 }, new long[] { 1 }, new float[] { -1, -2, -3, -4 })]
    [TestCase(new long[] { 2, 2 }, new long[] { 1, 2 }, new float[] { -1, -3, -2, -4 })]
    public void ANegatedTensorHasTheOppositeSign(long[] sizes, long[] strides, float[] expected) =>
        Assert.That(Load(sizes, strides, ("neg", 0x88))["a"].ReadOnlySpan.ToArray(), Is.EqualTo(expected));

    [Test]
    public void ATensorThatSaysItIsNotNegatedIsNot() => Assert.That(Load([4], [1], ("neg", 0x89))["a"].ReadOnlySpan.ToArray(), Is.EqualTo(Stored));

    [Test]
    public void ATensorAndItsNegationOfOneStorageAreTwoTensors()
    {
        StateDict state = Load([4], [1], ("neg", 0x88));
        Assert.That(state["b"].ReadOnlySpan.ToArray(), Is.EqualTo(Stored));
    }

    [Test]
    public void AConjugateIsRejectedWithAdvice() => Assert.That(() => Load([4], [1], ("conj", 0x88)),
        Throws.TypeOf<ResNetManaged.Serialization.CheckpointException>().With.Message.Contains("is the conjugate of its elements").And.Message.Contains("save tensor.resolve_conj()"));

    [Test]
    public void ATypeWithoutAStorageClassIsRejectedWithAdvice() => Assert.That(
        CheckpointFiles.Refusal(ZipBuilder.Torch(new PickleBuilder().Op("}").Text("fc.weight").Global("torch._utils", "_rebuild_tensor_v3").Op("(NNtRs").Stop()).Build()),
        Does.Contain("'fc.weight' has elements of a type without a storage class, such as float8; expected floating-point weights; save tensor.float()"));

    private static StateDict Load(long[] sizes, long[] strides, (string Key, byte Value) metadata)
    {
        byte[] pickle = new PickleBuilder().Op("}").Text("a").Global("torch._utils", "_rebuild_tensor_v2").Op("(").Storage("0", 4).Integer(0).Integers(sizes).Integers(strides)
            .Op(0x89).Global("collections", "OrderedDict").Op(")R").Op("}").Text(metadata.Key).Op(metadata.Value).Op("s").Op("tRs")
            .Text("b").Tensor(4, 0, sizes, strides).Op("s").Stop();
        return CheckpointFiles.Load(PickleBuilder.Legacy(pickle, ("0", Stored)));
    }
}
