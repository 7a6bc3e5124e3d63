using NUnit.Framework;

namespace ResNetManaged.Tests.Serialization;

/// <summary>Pickles that would run code or exhaust resources.</summary>
public sealed class PickleRefusalTests
{
    [TestCase("posix", "system", "refers to posix.system (os.system)")]
    [TestCase("nt", "system", "refers to nt.system (os.system)")]
    [TestCase("os", "system", "refers to os.system")]
    [TestCase("builtins", "eval", "refers to builtins.eval")]
    [TestCase("__builtin__", "exec", "refers to __builtin__.exec")]
    [TestCase("builtins", "setattr", "refers to builtins.setattr")]
    [TestCase("subprocess", "Popen", "refers to subprocess.Popen")]
    [TestCase("os.path", "join", "refers to os.path.join")]
    [TestCase("torch.hub", "load", "refers to torch.hub.load")]
    [TestCase("numpy", "load", "refers to numpy.load")]
    public void AGlobalThatRunsCodeIsNamedAndRejected(string module, string name, string message)
    {
        string marker = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        byte[] pickle = new PickleBuilder().Global(module, name).Op("(").Text($"touch {marker}").Op("tR").Stop();
        Assert.That(RefusalOf(pickle),
            Does.Contain(message).And.Contains("nothing is executed").And.Contains("torch.save(model.state_dict(), path)"));
        Assert.That(CheckpointFiles.Refusal(ZipBuilder.Torch(pickle).Build()), Does.Contain("'a/data.pkl'").And.Contains(message));
        Assert.That(File.Exists(marker), Is.False);
    }

    [Test]
    public void AGlobalFromTheStackIsNamed()
    {
        byte[] pickle = new PickleBuilder().Text("posix").Text("system").Op(0x93).Text("id").Op(0x85, (byte)'R').Stop();
        Assert.That(RefusalOf(pickle), Does.Contain("refers to posix.system (os.system)"));
    }

    [Test]
    public void APickledModelIsRejectedWithAdvice() => Assert.That(CheckpointFiles.Refusal(CheckpointFiles.Bytes("refused_module.pth")),
        Does.Contain("holds a whole object of the class __main__.Small, which is code").And.Contains("save it again with torch.save(model.state_dict(), path)"));

    [TestCase((byte)'i')] // INST
    [TestCase((byte)'o')] // OBJ
    [TestCase((byte)0x82)] // EXT1
    [TestCase((byte)'P')] // PERSID
    [TestCase((byte)'I')] // INT as text
    [TestCase((byte)0x92)] // NEWOBJ_EX
    public void OpcodesThatTorchDoesNotEmitAreRejected(byte opcode) =>
        Assert.That(RefusalOf(new PickleBuilder().Op(opcode).Stop()), Does.Contain($"has opcode {opcode:X2} hex"));

    [Test]
    public void OnlySymbolsCanBeCalled() =>
        Assert.That(RefusalOf(new PickleBuilder().Text("os.system").Op(")R").Stop()), Does.Contain("calls something that is not callable"));

    [Test]
    public void AStorageTypeCannotBeCalled() =>
        Assert.That(RefusalOf(new PickleBuilder().Global("torch", "FloatStorage").Integer(1L << 40).Op(0x85, (byte)'R').Stop()),
            Does.Contain("calls torch.FloatStorage with 1 arguments"));

    [Test]
    public void AHugeIntegerIsRejectedBeforeItIsRead() =>
        Assert.That(RefusalOf(new PickleBuilder().Op(0x8B).UInt32(int.MaxValue).Stop()),
            Does.Contain("has an integer of 2147483647 bytes").And.Contains("expected at most 255"));

    [Test]
    public void AHugeStringIsRejectedBeforeItIsAllocated() =>
        AssertFrugal(new PickleBuilder().Op("X").UInt32(uint.MaxValue).Stop(), "ends early");

    [Test]
    public void ALongStringIsSkippedAndNotAllocated() =>
        AssertFrugal(new PickleBuilder().Op("}").Text("log").Op("X").UInt32(2 << 20).Op(new byte[2 << 20]).Op("s").Stop(), "has no tensors in its dict, whose keys are 'log'");

    [Test]
    public void AStringPastTheEndIsRejectedBeforeItIsAllocated() =>
        AssertFrugal(new PickleBuilder().Op("X").UInt32(1_000_000).Stop(), "ends early");

    [Test]
    public void DeepNestingIsRejected() =>
        Assert.That(RefusalOf(new PickleBuilder().Times(1000, p => p.Op("(")).Stop()), Does.Contain("nests more than 256 containers"));

    [Test]
    public void DeepNestingWithoutMarksIsRejected() =>
        Assert.That(RefusalOf(new PickleBuilder().Times(100_000, p => p.Op("]")).Stop()), Does.Contain("holds more than 65536 values at once"));

    [Test]
    public void DeeplyNestedTuplesAreRejectedWithoutRecursion() =>
        Assert.That(RefusalOf(new PickleBuilder().Op(")").Times(500_000, p => p.Op(0x85)).Stop()), Does.Contain("is not a dict"));

    [Test]
    public void AHugeMemoIsRejected() =>
        Assert.That(RefusalOf(new PickleBuilder().Op("N").Times((1 << 20) + 1, p => p.Op(0x94)).Stop()),
            Does.Contain("memoizes more than 1048576 values"));

    /// <summary>Each call would copy the list again, so a file of kilobytes would take minutes.</summary>
    [Test]
    public void ANestedReduceBombIsRejected()
    {
        byte[] bomb = new PickleBuilder().Op((byte)']', (byte)'q', 0).Op("(").Times(30_000, p => p.Op((byte)'N', (byte)'N', 0x86)).Op("e0")
            .Times(1000, p => p.Global("collections", "OrderedDict").Op((byte)'h', 0, 0x85, (byte)'R', (byte)'0')).Op("N").Stop();
        Assert.That(RefusalOf(bomb), Does.Contain("takes more than 2000000 steps"));
    }

    [Test]
    public void TooManyStepsAreRejected() =>
        Assert.That(RefusalOf(new PickleBuilder().Times(1_100_000, p => p.Op("N0")).Stop()), Does.Contain("takes more than 2000000 steps"));

    /// <summary>Each mention would hash the key again, so a file of three megabytes would take minutes.</summary>
    [Test]
    public void ALongStorageKeyIsRejected() =>
        Assert.That(RefusalOf(new PickleBuilder().Storage(new string('k', 1_000_000), 1).Stop()),
            Does.Contain("has a storage key of 1000000 characters").And.Contains("expected at most 256"));

    [TestCase("0")]
    [TestCase("t")]
    [TestCase("N\u0086")]
    [TestCase("(NR")]
    [TestCase("N(0")]
    [TestCase("s")]
    [TestCase("b")]
    [TestCase("Q")]
    public void PoppingFromAnEmptyStackIsRejected(string opcodes) =>
        Assert.That(RefusalOf(new PickleBuilder().Op(Array.ConvertAll(opcodes.ToCharArray(), c => (byte)c)).Stop()),
            Does.Contain("pops from an empty stack"));

    [Test]
    public void AValueNeverMemoizedCannotBeRecalled() =>
        Assert.That(RefusalOf(new PickleBuilder().Op((byte)'h', 7).Stop()), Does.Contain("recalls value 7").And.Contains("expected one that was memoized before"));

    [Test]
    public void TextThatIsNotUtf8IsRejected() =>
        Assert.That(RefusalOf(new PickleBuilder().Op((byte)'X', 1, 0, 0, 0, 0xFF).Stop()), Does.Contain("has a string that is not UTF-8"));

    [Test]
    public void ACheckpointWithoutTensorsSaysSo() =>
        Assert.That(RefusalOf(new PickleBuilder().Op("}").Text("epoch").Op((byte)'K', 3, (byte)'s').Stop()),
            Does.Contain("has no tensors in its dict, whose keys are 'epoch'; expected a state_dict"));

    [Test]
    public void ADictInsideItselfEndsTheSearch() =>
        Assert.That(RefusalOf(new PickleBuilder().Op((byte)'}', (byte)'q', 0).Text("state_dict").Op((byte)'h', 0, (byte)'s').Stop()),
            Does.Contain("has no tensors in its dict"));

    private static void AssertFrugal(byte[] pickle, string message)
    {
        byte[] file = PickleBuilder.Legacy(pickle);
        CheckpointFiles.Refusal(file); // warm-up
        long before = GC.GetAllocatedBytesForCurrentThread();
        string refusal = CheckpointFiles.Refusal(file);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(refusal, Does.Contain(message));
        Assert.That(allocated, Is.LessThan(100_000));
    }

    private static string RefusalOf(byte[] pickle) => CheckpointFiles.Refusal(PickleBuilder.Legacy(pickle));
}
