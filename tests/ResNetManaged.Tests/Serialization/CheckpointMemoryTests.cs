using NUnit.Framework;
using ResNetManaged.Layers.State;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Serialization;

/// <summary>Tensors of every kind of file are read directly into their memory, without a second copy.</summary>
public sealed class CheckpointMemoryTests
{
    private const int Elements = 1_000_000;
    private const int Overhead = 200_000; // bytes: reading windows, the pickle's values, the archive's directory

    [Test]
    public void ZipAllocatesOnlyTheTensors() => AssertFrugal(
        new ZipBuilder().Add("a/data.pkl", Pickle()).Add("a/data/0", new byte[Elements * sizeof(float)]).Build());

    [Test]
    public void LegacyAllocatesOnlyTheTensors() => AssertFrugal(PickleBuilder.Legacy(Pickle(), ("0", new float[Elements])));

    [Test]
    public void SafetensorsAllocatesOnlyTheTensors()
    {
        StateDict tensors = [];
        tensors.Add("weight", Tensor.Ones([Elements]));
        using MemoryStream stream = new();
        Safetensors.Write(stream, tensors, metadata: null);
        AssertFrugal(stream.ToArray());
    }

    private static byte[] Pickle() => PickleBuilder.OneTensor(Elements, 0, [Elements], [1]);

    private static void AssertFrugal(byte[] file)
    {
        CheckpointFiles.Load(file); // warm-up
        long before = GC.GetAllocatedBytesForCurrentThread();
        CheckpointFiles.Load(file);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan((long)Elements * sizeof(float) + Overhead));
    }
}
