using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using NUnit.Framework;

namespace ResNetManaged.Tests.Cli;

/// <summary>Whatever is given as weights, the error is one line.</summary>
public sealed class MalformedCheckpointTests : CliTest
{
    private static readonly byte[] PickleOfEmptyDict = "}."u8.ToArray();

    [Test]
    public void AMissingFileIsRejected() => AssertRefused(Folder["missing.pth"], "there is no file");

    [Test]
    public void AFolderIsRejected() => AssertRefused(Folder.Path, "is a folder");

    [Test]
    public void AnEmptyFileIsRejected() => AssertRefused(Folder.Write("w.pth", []), "is empty");

    [TestCase(4)]
    [TestCase(100)]
    [TestCase(10_000)]
    public void ATruncatedFileIsRejected(int length) => AssertRefused(Folder.Write("w.safetensors", File.ReadAllBytes(Weights)[..length]));

    [Test]
    public void AWrongHeaderLengthIsRejected()
    {
        byte[] file = File.ReadAllBytes(Weights);
        BinaryPrimitives.WriteUInt64LittleEndian(file, ulong.MaxValue / 2);
        AssertRefused(Folder.Write("w.safetensors", file));
    }

    [TestCase("[4611686018427387904,4,4]")]
    [TestCase("[2147483647,2147483647,2147483647]")]
    [TestCase("[-1]")]
    public void AnImpossibleShapeInAHeaderIsRejected(string shape)
    {
        byte[] header = Encoding.UTF8.GetBytes($$$"""{"fc.weight":{"dtype":"F32","shape":{{{shape}}},"data_offsets":[0,64]}}""");
        byte[] file = new byte[8 + header.Length + 64];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        AssertRefused(Folder.Write("w.safetensors", file));
    }

    [Test]
    public void AZipWithADuplicateEntryIsRejected() =>
        AssertRefused(Zip(("a/data.pkl", PickleOfEmptyDict), ("a/data.pkl", PickleOfEmptyDict)));

    [Test]
    public void APickleThatCallsTheSystemIsRejectedWithoutRunning()
    {
        string trace = Folder["trace"];
        byte[] pickle = Encoding.Latin1.GetBytes($"\u0080\u0002cposix\nsystem\n(S'touch {trace}'\ntR.");
        AssertRefused(Zip(("a/data.pkl", pickle)), "posix");
        Assert.That(File.Exists(trace), Is.False);
    }

    [Test]
    public void ACheckpointWithoutANetworkIsRejected() => AssertRefused(Zip(("a/data.pkl", PickleOfEmptyDict)));

    [Test]
    public void ACheckpointOfAnotherArchitectureIsRejected() =>
        AssertFails(Run("classify", "a.jpg", "--weights", Weights, "--model", "cifar_resnet20"), 1, Weights, "does not fit");

    [Test]
    public void TheMismatchMessageIsShortAndNamesTheLikelyNetwork()
    {
        CliResult result = Run("classify", "a.jpg", "--weights", Weights, "--model", "resnet50");
        AssertFails(result, 1, "35 more shapes differ; missing: ", " and 228 more. ", "The file looks like an unnamed ResNet, not resnet50.");
        Assert.That(result.Error, Has.Length.LessThan(500));
    }

    /// <summary>Tensors without elements take no bytes in a file, whatever their other dimensions.</summary>
    [TestCase("[64,0,7,7]")]
    [TestCase("[64,2147483647,7,0]")]
    public void AnImpossibleArchitectureIsReportedAsTheFilesFault(string stem)
    {
        (string Name, string Shape)[] tensors =
            [("conv1", stem), ("layer1.0.conv1", "[64,64,3,0]"), ("layer1.0.conv2", "[64,64,3,0]"), ("fc", "[10,0]")];
        string header = "{" + string.Join(',', tensors.Select(tensor =>
            $$"""
            "{{tensor.Name}}.weight":{"dtype":"F32","shape":{{tensor.Shape}},"data_offsets":[0,0]}
            """)) + "}";
        byte[] file = [.. BitConverter.GetBytes((long)header.Length), .. Encoding.UTF8.GetBytes(header)];
        AssertRefused(Folder.Write("w.safetensors", file), "'fc.weight' has shape [10, 0]; expected at least one class and one feature");
    }

    private static void AssertRefused(string path, params string[] mentioned) =>
        AssertFails(Run("classify", "a.jpg", "--weights", path), 1, [path, .. mentioned]);

    private string Zip(params (string Name, byte[] Content)[] entries)
    {
        using MemoryStream file = new();
        using (ZipArchive archive = new(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries)
            {
                using Stream entry = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }
        return Folder.Write("w.pth", file.ToArray());
    }
}
