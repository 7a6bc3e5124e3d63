using System.Text;
using NUnit.Framework;
using ResNetManaged.Onnx;
using ResNetManaged.Serialization;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Serialization.Dialects;

/// <summary>What often comes instead of a checkpoint is named, with what to do.</summary>
public sealed class ForeignContentTests
{
    [TestCase("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 102530333\n", "is a Git LFS pointer, which stands for the file; expected the file itself; fetch it with: git lfs pull.")]
    [TestCase("\n<!DOCTYPE html>\n<html lang=\"en\">", "is a web page; expected the file itself; download it by its own address, not its page's.")]
    [TestCase("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "is an XML document; expected the file itself")]
    [TestCase("{\"error\": \"Entry not found\"}", "is JSON; expected the weights, which are in another file.")]
    [TestCase("\x89HDF\r\n\x1A\n", "is an HDF5 file, as Keras writes them")]
    [TestCase("BZh91AY", "is compressed with bzip2; expected the file inside; unpack it.")]
    public void TheKindIsNamed(string content, string expected)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(content);
        Assert.That(CheckpointFiles.Refusal(bytes), Does.Contain(expected));
        using TemporaryFolder folder = new();
        Assert.That(() => OnnxFile.Read(folder.Write("a.onnx", bytes)), Throws.TypeOf<CheckpointException>()
            .With.Message.StartsWith($"ONNX model '{folder["a.onnx"]}': ").And.Message.Contains(expected));
    }

    /// <summary>What is inside a gzipped file is named, also if it is none of ours.</summary>
    [TestCase(new byte[] { 0x1F, 0x8B, 8, 0 }, "is gzipped, and inside is compressed with gzip; expected the file inside; unpack it.")]
    [TestCase(new byte[] { 8, 7, 0x12, 7, (byte)'p' }, "is gzipped, and inside is an ONNX model; expected it in a file of its own, unpacked")]
    [TestCase(new byte[] { 65, 66 }, "is gzipped, and inside starts with 'AB' (4142 hex); expected a torch checkpoint")]
    public void TheKindInsideAGzippedFileIsNamed(byte[] content, string expected) =>
        Assert.That(CheckpointFiles.Refusal(CheckpointFiles.Gzip(content)), Does.Contain(expected));

    [Test]
    public void ATarArchiveIsNamed()
    {
        using MemoryStream stream = new();
        using (System.Formats.Tar.TarWriter tar = new(stream, leaveOpen: true)) tar.WriteEntry(new System.Formats.Tar.UstarTarEntry(System.Formats.Tar.TarEntryType.RegularFile, "a"));
        Assert.That(CheckpointFiles.Refusal(stream.ToArray()), Does.Contain(": is a tar archive; expected the file inside; unpack it."));
        Assert.That(CheckpointFiles.Refusal(CheckpointFiles.Gzip(stream.ToArray())), Does.Contain("is gzipped, and inside is a tar archive; expected the file inside; unpack it."));
    }
}
