using NUnit.Framework;
using ResNetManaged.Layers.State;

namespace ResNetManaged.Tests.Serialization;

/// <summary>Zip archives that differ from what torch.save writes.</summary>
public sealed class ZipRefusalTests
{
    private static readonly byte[] Pickle = ZipBuilder.GoodPickle;

    [Test]
    public void TheBuildersArchiveIsRead()
    {
        Assert.That(CheckpointFiles.Load(ZipBuilder.Torch(Pickle).Build())["weight"].Shape.ToString(), Is.EqualTo("[2, 2]"));
        Assert.That(CheckpointFiles.Load(ZipBuilder.Torch(Pickle).Build(comment: "PK is no end"))["weight"].ElementCount, Is.EqualTo(4));
    }

    [Test]
    public void Zip64IsRead()
    {
        byte[] file = new ZipBuilder().Add("a/data.pkl", Pickle, zip64: true).Add("a/data/0", new byte[16], zip64: true).Build(zip64: true);
        Assert.That(CheckpointFiles.Load(file)["weight"].ElementCount, Is.EqualTo(4));
    }

    [Test]
    public void ADuplicateEntryIsRejected() =>
        Assert.That(CheckpointFiles.Refusal(ZipBuilder.Torch(Pickle).Add("a/data/0", new byte[16]).Build()),
            Is.EqualTo("Checkpoint 'test.pth': 'a/data/0' occurs twice; expected every name once."));

    [Test]
    public void ACompressedEntryIsRejected() =>
        Assert.That(CheckpointFiles.Refusal(new ZipBuilder().Add("a/data.pkl", Pickle, method: 8).Build()),
            Does.Contain("'a/data.pkl' is compressed (method 8); expected an uncompressed entry"));

    [Test]
    public void AnEncryptedEntryIsRejected() =>
        Assert.That(CheckpointFiles.Refusal(new ZipBuilder().Add("a/data.pkl", Pickle, flags: 1).Build()), Does.Contain("'a/data.pkl' is encrypted"));

    [TestCase("/etc/data.pkl")]
    [TestCase("a/../data.pkl")]
    [TestCase("..")]
    [TestCase("C:/data.pkl")]
    [TestCase("a\\data.pkl")]
    [TestCase("")]
    public void ANameThatLeadsOutOfTheArchiveIsRejected(string name) =>
        Assert.That(CheckpointFiles.Refusal(ZipBuilder.Torch(Pickle).Add(name, []).Build()), Does.Contain("has a name that leads out of the archive"));

    [Test]
    public void AnEntryLongerThanTheFileIsRejected() =>
        Assert.That(CheckpointFiles.Refusal(ZipBuilder.Torch(Pickle).Add("a/data/1", [], claimedLength: uint.MaxValue - 1).Build()),
            Does.Contain("'a/data/1' has 4294967294 bytes from byte"));

    [Test]
    public void AnEntryThatExtendsIntoTheNextIsRejected()
    {
        byte[] file = new ZipBuilder().Add("a/data/0", new byte[8], claimedLength: 16).Add("a/data.pkl", Pickle).Build();
        Assert.That(CheckpointFiles.Refusal(file), Does.Contain("'a/data/0' has 16 bytes from byte").And.Contains("expected it to end before byte"));
    }

    [Test]
    public void OverlappingEntriesAreRejected() =>
        Assert.That(CheckpointFiles.Refusal(ZipBuilder.Torch(Pickle).Add("a/data/1", [], offset: 0).Build()),
            Does.Contain("starts at byte 0; expected it before byte 0, where another entry or the directory starts"));

    [Test]
    public void AnEntryWithTwoDifferentNamesIsRejected() =>
        Assert.That(CheckpointFiles.Refusal(new ZipBuilder().Add("a/data.pkl", Pickle, localName: "a/data.pkx").Build()),
            Does.Contain("'a/data.pkl' has a different name in its local header"));

    [TestCase(-1L, 0L, 1000)]
    [TestCase(0L, 100_000L, 1)]
    [TestCase(4_000_000_000L, 0L, 2)]
    [TestCase(92L, 4_000_000_000L, 2)]
    public void AnAbsurdDirectoryIsRejected(long length, long offset, int count) => Assert.That(
        CheckpointFiles.Refusal(ZipBuilder.Torch(Pickle).Build(length < 0 ? null : length, offset, count)), Does.Contain("has a directory of"));

    [Test]
    public void AnAbsurdZip64DirectoryIsRejectedBeforeItIsAllocated()
    {
        byte[] file = ZipBuilder.Torch(Pickle).Build(long.MaxValue, 0, int.MaxValue, zip64: true);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(CheckpointFiles.Refusal(file), Does.Contain($"has a directory of {long.MaxValue} bytes at byte 0"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000));
    }

    [Test]
    public void ADirectoryThatClaimsNoEntriesIsRejected() =>
        Assert.That(CheckpointFiles.Refusal(ZipBuilder.Torch(Pickle).Build(count: 0)),
            Does.Contain("is a zip archive with no entry FOLDER/data.pkl"));

    [Test]
    public void ABigEndianFileIsRejected() => Assert.That(
        CheckpointFiles.Refusal(ZipBuilder.Torch(Pickle).Add("a/byteorder", "big"u8.ToArray()).Build()),
            Does.Contain("'a/byteorder' says 'big'; expected 'little'"));

    [Test]
    public void ALittleEndianFileIsRead() =>
        Assert.That(CheckpointFiles.Load(ZipBuilder.Torch(Pickle).Add("a/byteorder", "little"u8.ToArray()).Build()), Is.InstanceOf<StateDict>());

    [Test]
    public void ATorchScriptArchiveIsRejected() =>
        Assert.That(CheckpointFiles.Refusal(ZipBuilder.Torch(Pickle).Add("a/constants.pkl", []).Build()), Does.Contain("is a TorchScript archive"));

    [Test]
    public void AnotherZipIsRejected() =>
        Assert.That(CheckpointFiles.Refusal(new ZipBuilder().Add("word/document.xml", [1]).Build()),
            Does.Contain("is a zip archive with no entry FOLDER/data.pkl"));

    [TestCase((ushort)0)]
    [TestCase((ushort)8)]
    public void AZipWithACheckpointInsideIsToBeUnpacked(ushort method) =>
        Assert.That(CheckpointFiles.Refusal(new ZipBuilder().Add("run/best.pth", [1], method).Build()),
            Does.Contain("is a zip archive with 'run/best.pth'; expected the file inside; unpack it."));

    [TestCase((ushort)0)]
    [TestCase((ushort)8)]
    public void AnArchiveOfArraysIsNamed(ushort method) =>
        Assert.That(CheckpointFiles.Refusal(new ZipBuilder().Add("conv1.weight.npy", [1], method).Build()),
            Does.Contain("is an archive of NumPy arrays (.npz); expected a dict of them; in Python, save torch.save(dict(numpy.load(file)), path)."));
}
