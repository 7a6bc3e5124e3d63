using NUnit.Framework;

namespace ResNetManaged.Tests.Serialization;

/// <summary>Tensors that claim more than their storage holds, and storages that claim more than the file does.</summary>
public sealed class TensorRefusalTests
{
    private const long Huge = 1L << 62;

    private static readonly TestCaseData[] Lies =
    [
        new(new long[] { 3, 2 }, new long[] { 2, 1 }, 0L, "describes a tensor of shape [3, 2] with strides [2, 1] from element 0 of storage '0'",
            "the storage has 4 elements"),
        new(new long[] { 2, 2 }, new long[] { 2, 1 }, 1L, "from element 1", "the storage has 4 elements"),
        new(new long[] { 2, 2 }, new long[] { 2, 1 }, -1L, "from element -1", "the storage has 4 elements"),
        new(new long[] { 0 }, new long[] { 1 }, Huge, $"from element {Huge}", "the storage has 4 elements"),
        new(new long[] { 2, 2 }, new long[] { 2, 1 }, long.MaxValue, $"from element {long.MaxValue}", "the storage has 4 elements"),
        new(new long[] { 2, 2 }, new long[] { 2, -1 }, 0L, "with strides [2, -1]", "expected strides of 0 or more within 64 bits"),
        new(new long[] { 2, 2 }, new long[] { 2 }, 0L, "with strides [2]", "expected as many strides as dimensions"),
        new(new long[] { -2, 2 }, new long[] { 2, 1 }, 0L, "of shape [-2, 2]", "elements"),
        new(new long[] { Huge, 4 }, new long[] { 4, 1 }, 0L, $"of shape [{Huge}, 4]", "at most 2147483591 elements"),
        new(new long[] { 65536, 65536, 65536, 65536 }, new long[] { 0, 0, 0, 0 }, 0L, "of shape [65536, 65536, 65536, 65536]",
            "at most 2147483591 elements"),
        new(new long[] { 3, 3 }, new long[] { Huge, Huge }, 0L, $"with strides [{Huge}, {Huge}]", "expected strides of 0 or more within 64 bits"),
        new(new long[] { 2, 2 }, new long[] { long.MaxValue, 1 }, 0L, "with strides", "within 64 bits"),
        new(new long[65], new long[65], 0L, "describes a tensor of 65 dimensions", "at most 64 dimensions"),
    ];

    [TestCaseSource(nameof(Lies))]
    public void AViewOutsideItsStorageIsRejected(long[] size, long[] stride, long offset, string found, string expected)
    {
        byte[] pickle = PickleBuilder.OneTensor(4, offset, size, stride);
        Assert.That(CheckpointFiles.Refusal(PickleBuilder.Legacy(pickle, ("0", new float[4]))), Does.Contain(found).And.Contains(expected));
        Assert.That(CheckpointFiles.Refusal(ZipBuilder.Torch(pickle).Build()), Does.Contain(found).And.Contains(expected));
    }

    [Test]
    public void AStorageSmallerThanClaimedIsRejected()
    {
        byte[] pickle = PickleBuilder.OneTensor(8, 0, [2, 4], [4, 1]);
        Assert.That(CheckpointFiles.Refusal(PickleBuilder.Legacy(pickle, ("0", new float[4]))),
            Does.Contain("'storage 0' has 4 elements; its tensors expect 8"));
        Assert.That(CheckpointFiles.Refusal(ZipBuilder.Torch(pickle).Build()),
            Does.Contain("'a/data/0' has 16 bytes; 'a/data.pkl' expects 8 elements of Float32, 32 bytes"));
    }

    [Test]
    public void AMissingStorageIsRejected()
    {
        byte[] pickle = PickleBuilder.OneTensor(4, 0, [4], [1]);
        Assert.That(CheckpointFiles.Refusal(PickleBuilder.Legacy(pickle)), Does.Contain("lists 0 storages").And.Contains("the tensors use 1"));
        Assert.That(CheckpointFiles.Refusal(new ZipBuilder().Add("a/data.pkl", pickle).Build()), Does.Contain("'a/data/0' is not in the archive"));
    }

    [Test]
    public void AStorageBeyond64BitsIsRejected() => Assert.That(
        CheckpointFiles.Refusal(PickleBuilder.Legacy(PickleBuilder.OneTensor(Huge, 0, [4], [1]))), Does.Contain($"has a storage of {Huge} elements"));

    [Test]
    public void AnInconsistentStorageIsRejected()
    {
        byte[] pickle = new PickleBuilder().Op("}").Text("a").Tensor(4, 0, [4], [1]).Op("s").Text("b").Tensor(5, 0, [5], [1]).Op("s").Stop();
        Assert.That(CheckpointFiles.Refusal(ZipBuilder.Torch(pickle).Build()), Does.Contain("describes storage '0' inconsistently"));
    }

    [Test]
    public void ADuplicateNameIsRejected()
    {
        byte[] pickle = new PickleBuilder().Op("}").Text("a").Tensor(4, 0, [4], [1]).Op("s").Text("a").Tensor(4, 0, [2], [1]).Op("s").Stop();
        Assert.That(CheckpointFiles.Refusal(ZipBuilder.Torch(pickle).Build()), Does.Contain("'a' occurs twice"));
    }

    /// <summary>A stride of 0 repeats one number as often as the shape says: gigabytes from a few bytes.</summary>
    [Test]
    public void ABroadcastBombIsRejectedBeforeItIsAllocated() => AssertFrugal(PickleBuilder.OneTensor(4, 0, [2_000_000_000], [0]));

    [Test]
    public void ManyOverlappingViewsAreRejectedBeforeTheyAreAllocated()
    {
        PickleBuilder pickle = new PickleBuilder().Op("}");
        for (int i = 0; i < 100; i++) pickle.Text($"w{i}").Tensor(4, 0, [100_000 + i], [0]).Op("s");
        AssertFrugal(pickle.Stop());
    }

    [Test]
    public void AViewOfPartOfAStorageIsRead()
    {
        // PyTorch 0.1 wrote storages that are parts of others with (key, offset, count) as the sixth part of the id.
        byte[] pickle = new PickleBuilder().Op("}").Text("weight").Global("torch._utils", "_rebuild_tensor").Op("(")
            .Op("(").Text("storage").Global("torch", "FloatStorage").Text("root").Text("cpu").Integer(6)
            .Op("(").Text("part").Integer(2).Integer(3).Op("ttQ").Integer(1).Integers([2]).Integers([1]).Op("tRs").Stop();
        byte[] file = PickleBuilder.Legacy(pickle, ("root", [0, 1, 2, 3, 4, 5]));
        Assert.That(CheckpointFiles.Load(file)["weight"].ReadOnlySpan.ToArray(), Is.EqualTo(new float[] { 3, 4 }));
    }

    private static void AssertFrugal(byte[] pickle)
    {
        byte[] file = PickleBuilder.Legacy(pickle, ("0", new float[4]));
        long before = GC.GetAllocatedBytesForCurrentThread();
        string refusal = CheckpointFiles.Refusal(file);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(refusal, Does.Contain("brings the tensors to more than 16 times the file's"));
        Assert.That(allocated, Is.LessThan(16L * file.Length + 2_000_000));
    }
}
