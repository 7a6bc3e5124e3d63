using NUnit.Framework;
using ResNetManaged.Onnx;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Onnx;

/// <summary>Weights in files beside the model: only in its own folder, and only what is there.</summary>
public sealed class ExternalDataTests
{
    private const int Elements = 12;

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Create()
    {
        _folder = new TemporaryFolder();
        float[] weights = [.. Enumerable.Range(0, Elements).Select(i => i / 4f)];
        byte[] bytes = new byte[4 + weights.Length * sizeof(float)];
        Buffer.BlockCopy(weights, 0, bytes, 4, weights.Length * sizeof(float));
        _folder.Write("model/net.onnx.data", bytes);
        _folder.Write("secret.data", bytes);
    }

    [TearDown]
    public void Delete() => _folder.Dispose();

    [TestCase("4", "48")]
    [TestCase("4", null)]
    [TestCase("0", "48")]
    [TestCase(null, "48")]
    public void WeightsAreReadFromTheOffset(string? offset, string? length)
    {
        Tensor weight = Read(Model("net.onnx.data", offset, length)).NamedParameters().Single().Parameter.Value;
        bool isShifted = offset is null or "0"; // four bytes of zeros come first
        Assert.That(weight.ReadOnlySpan.ToArray(), Is.EqualTo(Enumerable.Range(0, Elements).Select(i => isShifted ? Math.Max(0, i - 1) / 4f
            : i / 4f)));
    }

    [Test]
    public void RangesMayOverlap()
    {
        byte[] model = new ModelBuilder().Input("x", -1, 3, 8, 8).Output("y").External("k", [4, 3, 1, 1], "net.onnx.data", "4").External("b", [4],
            "net.onnx.data", "4")
            .Node("Conv", "x k b", "y").ToArray();
        Assert.That(Read(model).NamedParameters().Single(named => named.Path == "b").Parameter.Value.ReadOnlySpan.ToArray(), Is.EqualTo([0, 0.25f,
            0.5f, 0.75f]));
    }

    [TestCase("../secret.data", "plain name")]
    [TestCase("..", "plain name")]
    [TestCase(".", "plain name")]
    [TestCase("", "plain name")]
    [TestCase("/etc/hostname", "plain name")]
    [TestCase("sub/net.onnx.data", "plain name")]
    [TestCase("..\\secret.data", "plain name")]
    [TestCase("C:net.onnx.data", "plain name")]
    [TestCase("C:\\net.onnx.data", "plain name")]
    [TestCase("net.onnx.data\0", "plain name")]
    [TestCase("missing.data", "not there")]
    public void OtherLocationsAreRefused(string location, string said) => AssertRefused(Model(location, "4", "48"), said);

    [TestCase("4", "47", "expected 48")]
    [TestCase("4", "0", "expected 48")]
    [TestCase("5", "48", "inside the file")]
    [TestCase("9223372036854775807", "48", "inside the file")]
    [TestCase("-4", "48", "number of bytes")]
    [TestCase("18446744073709551616", "48", "number of bytes")]
    [TestCase("4", "many", "number of bytes")]
    public void WrongRangesAreRefused(string offset, string length, string said) => AssertRefused(Model("net.onnx.data", offset, length), said);

    [Test]
    public void AClaimedSizeMustBeThere() =>
        AssertRefused(new ModelBuilder().Input("x", -1, 3, 8, 8).Output("y").External("k", [1 << 20, 3, 1, 1], "net.onnx.data")
            .Node("Conv", "x k", "y").ToArray(), "inside the file");

    [Test]
    [Platform("Linux")]
    public void APipeIsRefusedAndNotWaitedFor()
    {
        using (System.Diagnostics.Process make = System.Diagnostics.Process.Start("mkfifo", _folder["model/pipe.data"])) make.WaitForExit();
        AssertRefused(Model("pipe.data", "0", "48"), "has its data in 'pipe.data', which is empty or a pipe; expected a file with its elements");
    }

    [Test]
    public void AGitLfsPointerIsNamed()
    {
        _folder.Write("model/lfs.data", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 102530333\n"u8.ToArray());
        AssertRefused(Model("lfs.data", "0", "48"), "has its data in 'lfs.data', a Git LFS pointer, which stands for the file; expected the file itself; fetch it with: git lfs pull");
    }

    [Test]
    public void AModelOfAStreamMustBeInOneFile() =>
        Assert.That(() => ModelBuilder.Read(Model("net.onnx.data", "4", "48")),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("read by its path"));

    [Test]
    [Platform(Exclude = "Win", Reason = "links need rights there")]
    public void ALinkOutOfTheFolderIsRefused()
    {
        File.CreateSymbolicLink(_folder["model/link.data"], _folder["secret.data"]);
        AssertRefused(Model("link.data", "4", "48"), "a link out of the model's folder");
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "links need rights there")]
    public void ALinkWithinTheFolderWorks()
    {
        File.CreateSymbolicLink(_folder["model/link.data"], "net.onnx.data");
        Assert.That(Read(Model("link.data", "4", "48")), Is.Not.Null);
    }

    /// <summary>snapshots/REVISION/onnx/model.onnx and its data are links to blobs/HASH.</summary>
    [Test]
    [Platform(Exclude = "Win", Reason = "links need rights there")]
    public void AHuggingFaceCacheWorks()
    {
        _folder.Write("blobs/11", Model("model.onnx_data", "4", "48"));
        File.Copy(_folder["secret.data"], _folder["blobs/22"]);
        File.CreateSymbolicLink(_folder["snapshots/1/onnx/model.onnx"], "../../../blobs/11");
        File.CreateSymbolicLink(_folder["snapshots/1/onnx/model.onnx_data"], "../../../blobs/22");
        Assert.That(OnnxFile.Read(_folder["snapshots/1/onnx/model.onnx"]).NamedParameters().Single().Parameter.Value.ReadOnlySpan[1],
            Is.EqualTo(0.25f));
        File.Delete(_folder["snapshots/1/onnx/model.onnx_data"]);
        File.CreateSymbolicLink(_folder["snapshots/1/onnx/model.onnx_data"], "../../../secret.data");
        Assert.That(() => OnnxFile.Read(_folder["snapshots/1/onnx/model.onnx"]),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("a link out"));
    }

    private static byte[] Model(string location, string? offset, string? length) => new ModelBuilder().Input("x", -1, 3, 8, 8).Output("y")
        .External("k", [4, 3, 1, 1], location, offset, length).Node("Conv", "x k", "y").ToArray();

    private OnnxNetwork Read(byte[] model) => (OnnxNetwork)OnnxFile.Read(_folder.Write("model/net.onnx", model));

    private void AssertRefused(byte[] model, string said) => Assert.That(() => Read(model),
        Throws.TypeOf<CheckpointException>().With.Message.Contains(said));
}
