using NUnit.Framework;
using ResNetManaged.Layers.State;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Serialization;

public sealed class CheckpointLoadTests
{
    private static readonly string[] All = ["all.zip.pth", "all.legacy.pth", "all.protocol4.pth", "all.protocol4.legacy.pth", "all.safetensors"];
    private static readonly string[] Nested = ["nested.zip.pth", "nested.legacy.pth"];

    [TestCaseSource(nameof(All))]
    public void EveryTypeAndLayoutMatchesPyTorch(string file) => AssertHolds(Checkpoint.Load(CheckpointFiles.Locate(file)), "all");

    [TestCaseSource(nameof(Nested))]
    public void ANestedStateDictIsFoundAndItsPrefixRemoved(string file) => AssertHolds(Checkpoint.Load(CheckpointFiles.Locate(file)), "nested");

    [TestCaseSource(nameof(All))]
    public void GzippedFilesAreDecompressed(string file) => AssertHolds(CheckpointFiles.Load(CheckpointFiles.Gzip(CheckpointFiles.Bytes(file))), "all");

    [TestCaseSource(nameof(All))]
    public void StreamsThatCannotSeekAreRead(string file)
    {
        using PipeStream pipe = new(CheckpointFiles.Bytes(file));
        AssertHolds(Checkpoint.Load(pipe), "all");
    }

    [TestCaseSource(nameof(All))]
    public void AStreamIsReadFromItsPosition(string file)
    {
        using MemoryStream stream = new([1, 2, 3, .. CheckpointFiles.Bytes(file)]);
        stream.Position = 3;
        AssertHolds(Checkpoint.Load(stream), "all");
    }

    [TestCase("all.zip.pth")]
    [TestCase("all.legacy.pth")]
    public void TiedWeightsAreOneTensor(string file)
    {
        StateDict tensors = Checkpoint.Load(CheckpointFiles.Locate(file));
        Assert.That(tensors["tied.a"], Is.SameAs(tensors["tied.b"]));
    }

    [Test]
    public void TheSourceIsTheFilesName()
    {
        string path = CheckpointFiles.Locate("nested.zip.pth");
        Assert.That(Checkpoint.Load(path).Source, Is.EqualTo(path));
    }

    [Test]
    public void AMissingFileIsNotACheckpointError() =>
        Assert.That(() => Checkpoint.Load(CheckpointFiles.Locate("absent.pth")), Throws.TypeOf<FileNotFoundException>());

    [TestCase("")]
    [TestCase("PK")]
    [TestCase("GIF89a and so on")]
    [TestCase("\u0080\u0009}q\u0000.")] // a pickle of a protocol that does not exist
    public void UnknownContentIsDescribed(string content) =>
        Assert.That(CheckpointFiles.Refusal(Array.ConvertAll(content.ToCharArray(), c => (byte)c)),
            Does.StartWith("Checkpoint 'test.pth': ")
                .And.Contains("expected a torch checkpoint (.pth, zip or legacy), a pickle of NumPy arrays or safetensors, plain or gzipped"));

    [Test]
    public void APickleWithoutTensorsIsDescribed() =>
        Assert.That(CheckpointFiles.Refusal([0x80, 2, (byte)'}', (byte)'q', 0, (byte)'.']), Does.Contain("has no tensors in its dict; expected a state_dict"));

    [Test]
    public void GzippedUnknownContentIsRejectedAfterItsFirstPiece()
    {
        byte[] bomb = CheckpointFiles.Gzip(new byte[50_000_000]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(CheckpointFiles.Refusal(bomb), Does.Contain("expected a torch checkpoint"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(4_000_000));
    }

    [Test]
    public void AWrongGzipChecksumIsRejected()
    {
        byte[] packed = CheckpointFiles.Gzip(CheckpointFiles.Bytes("small.safetensors"));
        packed[^8] ^= 1; // the checksum precedes the length
        Assert.That(CheckpointFiles.Refusal(packed), Does.Contain("is damaged gzip data"));
    }

    [Test]
    public void GzipStopsAtItsLimit()
    {
        using MemoryStream stream = new(new byte[5_000_000]);
        Assert.That(() => BufferedSource.ReadAll(stream, "bomb", _ => true, maxLength: 3_000_000),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("has more than 3000000 bytes"));
    }

    /// <summary>Data that inflates a thousandfold is not a checkpoint, whatever it starts with.</summary>
    [Test]
    public void AGzipBombStopsEarly()
    {
        byte[] content = new byte[100_000_000];
        "PK\x03\x04"u8.CopyTo(content);
        byte[] bomb = CheckpointFiles.Gzip(content);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(CheckpointFiles.Refusal(bomb), Does.Contain($"has more than {(16 << 20) + 16 * bomb.Length} bytes"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(25_000_000));
    }

    private static void AssertHolds(StateDict actual, string group)
    {
        StateDict expected = CheckpointFiles.Expected(group);
        Assert.That(actual.Keys, Is.EqualTo(expected.Keys));
        foreach ((string name, Tensor tensor) in expected)
        {
            Assert.That(actual[name].Shape, Is.EqualTo(tensor.Shape), name);
            Assert.That(actual[name].ReadOnlySpan.ToArray(),
                Is.EqualTo(tensor.ReadOnlySpan.ToArray()), name); // both convert to float32 exactly or round to nearest
        }
    }
}
