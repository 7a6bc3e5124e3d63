using NUnit.Framework;
using ResNetManaged.Serialization;

namespace ResNetManaged.Tests.Serialization;

/// <summary>Truncates small files of each kind at every byte and changes every byte: the outcome is always a typed exception or a result.</summary>
public sealed class CheckpointDamageTests
{
    private static readonly string[] Kinds = ["small.zip.pth", "small.legacy.pth", "small.safetensors", "all.protocol4.legacy.pth"];

    [TestCaseSource(nameof(Kinds))]
    public void EveryTruncationIsRejected(string file) =>
        AssertEveryTruncationIsRefused(CheckpointFiles.Bytes(file));

    [TestCaseSource(nameof(Kinds))]
    public void EveryTruncationOfTheGzippedFileIsRejected(string file) =>
        AssertEveryTruncationIsRefused(CheckpointFiles.Gzip(CheckpointFiles.Bytes(file)));

    [TestCaseSource(nameof(Kinds))]
    public void EveryChangedByteIsRejectedOrRead(string file) =>
        AssertEveryChangedByteIsRejectedOrRead(CheckpointFiles.Bytes(file));

    [TestCaseSource(nameof(Kinds))]
    public void EveryChangedByteOfTheGzippedFileIsRejectedOrRead(string file) =>
        AssertEveryChangedByteIsRejectedOrRead(CheckpointFiles.Gzip(CheckpointFiles.Bytes(file)));

    [TestCase("small.legacy.pth")]
    [TestCase("small.safetensors")]
    [TestCase("small.zip.pth")]
    public void SurplusBytesAreRejected(string file) =>
        Assert.That(() => CheckpointFiles.Load([.. CheckpointFiles.Bytes(file), 0]), Throws.TypeOf<CheckpointException>());

    private static void AssertEveryTruncationIsRefused(byte[] whole)
    {
        for (int length = 0; length < whole.Length; length++)
            Assert.That(() => CheckpointFiles.Load(whole[..length]), Throws.TypeOf<CheckpointException>(), $"{length} of {whole.Length} bytes");
    }

    private static void AssertEveryChangedByteIsRejectedOrRead(byte[] whole)
    {
        byte[] changes = [0x01, 0x80, 0xFF]; // the lowest bit, the highest, all
        foreach (byte change in changes)
        {
            for (int at = 0; at < whole.Length; at++)
            {
                byte[] damaged = [.. whole];
                damaged[at] ^= change;
                try
                {
                    CheckpointFiles.Load(damaged);
                }
                catch (CheckpointException exception)
                {
                    Assert.That(exception.Message, Does.Not.Contain('\n').And.StartsWith("Checkpoint 'test.pth': "));
                }
                catch (Exception exception)
                {
                    Assert.Fail($"byte {at} changed by {change:X2}: {exception}");
                }
            }
        }
    }
}
