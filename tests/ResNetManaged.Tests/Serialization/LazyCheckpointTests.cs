using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Serialization;

/// <summary>The elements of large tensors stay in their file until they are used.</summary>
public sealed class LazyCheckpointTests
{
    private const int Rows = 500, Columns = 2000;
    private const int Elements = Rows * Columns;
    private const int Overhead = 200_000; // bytes: reading windows, the pickle's values, the archive's directory

    private static readonly string[] Kinds = ["zip", "legacy", "safetensors"];

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCaseSource(nameof(Kinds))]
    public void LoadingAllocatesNoMemoryForElements(string kind)
    {
        string path = WriteCounting(kind);
        Checkpoint.Load(path); // warm-up
        long before = GC.GetAllocatedBytesForCurrentThread();
        StateDict tensors = Checkpoint.Load(path);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(Overhead));
        Assert.That(tensors["weight"].Shape, Is.EqualTo(Shape.Create(Rows, Columns)));
        AssertCounts(tensors["weight"]);
    }

    [TestCaseSource(nameof(Kinds))]
    public void BorrowedElementsAreNotKept(string kind)
    {
        Tensor weight = Checkpoint.Load(WriteCounting(kind))["weight"];
        float[] scratch = [];
        Tensor borrowed = weight.Borrow(ref scratch);
        AssertCounts(borrowed);
        Assert.That(borrowed.Buffer, Is.SameAs(scratch));
        Assert.That(weight.Buffer, Is.Not.SameAs(scratch));
        Assert.That(weight.Borrow(ref scratch), Is.SameAs(weight), "used elements are kept");
    }

    [Test]
    public void ScratchMayBeLongerThanTheTensor()
    {
        float[] scratch = new float[Elements + 1];
        float[] given = scratch;
        AssertCounts(Checkpoint.Load(WriteCounting("zip"))["weight"].Borrow(ref scratch));
        Assert.That(scratch, Is.SameAs(given));
    }

    [Test]
    public void LoadingIntoAModuleReadsNothing()
    {
        Linear layer = new(Columns, Rows, bias: false);
        long before = layer.Weight.Version;
        layer.LoadStateDict(Checkpoint.Load(WriteCounting("zip")));
        long loaded = layer.Weight.Version;
        Assert.That(loaded, Is.GreaterThan(before));
        AssertUnread(layer.Weight.Value);
        AssertCounts(layer.Weight.Value);
        Assert.That(layer.Weight.Version, Is.EqualTo(loaded), "reading is not a change");
    }

    [Test]
    public void LoadingANetworkReadsNothing()
    {
        ResNet network = ResNet.Create("resnet18", generator: new TorchGenerator(0));
        Safetensors.Write(_folder["a"], network.StateDict());
        ResNet loaded = ResNetCheckpoint.Load(_folder["a"]);
        float[] scratch = [];
        foreach (((string path, Parameter expected), Parameter actual) in network.NamedParameters().Zip(loaded.Parameters()))
        {
            Tensor borrowed = actual.Borrow(ref scratch);
            Assert.That(borrowed == actual.Value, Is.EqualTo(expected.Shape.ElementCount < 1 << 14), path);
            Assert.That(borrowed.ReadOnlySpan.SequenceEqual(expected.Value.ReadOnlySpan), path);
        }
    }

    [Test]
    public void ConvertingACheckpointKeepsNoElements()
    {
        StateDict tensors = Checkpoint.Load(WriteCounting("zip"));
        Safetensors.Write(_folder["b"], tensors);
        AssertUnread(tensors["weight"]);
        AssertCounts(Checkpoint.Load(_folder["b"])["weight"]);
    }

    [Test]
    public void OtherTypesAreConvertedOnUse()
    {
        const int count = 100_000;
        string header = $$$"""{"a":{"dtype":"F16","shape":[{{{count}}}],"data_offsets":[0,{{{2 * count}}}]}}""";
        Half[] halves = [.. Enumerable.Range(0, count).Select(i => (Half)(i % 2048))];
        Tensor tensor = Checkpoint.Load(_folder.Write("a",
            [.. BitConverter.GetBytes((long)header.Length), .. Encoding.ASCII.GetBytes(header), .. MemoryMarshal.AsBytes(halves)]))["a"];
        AssertUnread(tensor);
        for (int i = 0; i < count; i++) Assert.That(tensor.ReadOnlySpan[i], Is.EqualTo((float)(i % 2048)));
    }

    [Test]
    public void UsedElementsCanBeChanged()
    {
        Tensor weight = Checkpoint.Load(WriteCounting("legacy"))["weight"];
        weight[0, 1] = -5;
        Assert.That(weight.ReadOnlySpan[..3].ToArray(), Is.EqualTo(new[] { 0f, -5f, 2f }));
        float[] scratch = [];
        Assert.That(weight.Borrow(ref scratch)[0, 1], Is.EqualTo(-5));
    }

    [Test]
    public void AReshapedViewSharesTheElementsRead()
    {
        Tensor weight = Checkpoint.Load(WriteCounting("legacy"))["weight"];
        Tensor view = weight.Reshape([Elements]);
        view.Span[3] = -7;
        Assert.That(weight[0, 3], Is.EqualTo(-7));
    }

    [Test]
    public void ManyThreadsReadOneArray()
    {
        Tensor weight = Checkpoint.Load(WriteCounting("safetensors"))["weight"];
        float[][] seen = new float[8][];
        Parallel.For(0, seen.Length, i =>
        {
            float[] scratch = [];
            AssertCounts(weight.Borrow(ref scratch));
            seen[i] = weight.Buffer;
        });
        Assert.That(seen, Is.All.SameAs(weight.Buffer));
    }

    [TestCaseSource(nameof(Kinds))]
    public void ADeletedFileIsStillRead(string kind)
    {
        Tensor weight = Checkpoint.Load(WriteCounting(kind))["weight"];
        File.Delete(_folder["a"]);
        AssertCounts(weight);
    }

    [Test]
    public void AReplacedFileIsReadAsItWas()
    {
        StateDict tensors = Checkpoint.Load(WriteCounting("safetensors"));
        StateDict other = [];
        other.Add("weight", Tensor.Zeros([Rows, Columns]));
        if (OperatingSystem.IsWindows()) File.Delete(_folder["a"]); // Windows cannot move a file over one in use
        Safetensors.Write(_folder["a"], other);
        AssertCounts(tensors["weight"]);
    }

    [TestCaseSource(nameof(Kinds))]
    public void ATruncatedFileThrowsOnUse(string kind)
    {
        string path = WriteCounting(kind);
        Tensor weight = Checkpoint.Load(path)["weight"];
        using (FileStream file = OpenForWriting(path)) file.SetLength(Elements);
        Assert.That(() => weight.ReadOnlySpan.Length, Throws.TypeOf<CheckpointException>().With.Message.Contains(
            "'weight' extends past the end at byte"));
        Assert.That(() => AssertUnread(weight), Throws.TypeOf<CheckpointException>().With.Message.Contains("the file was truncated while it was being read"));
    }

    [Test]
    public void AnOverwrittenFileThrowsOnUse()
    {
        string path = WriteCounting("safetensors");
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch); // file system clocks are coarse
        Tensor weight = Checkpoint.Load(path)["weight"];
        using (FileStream file = OpenForWriting(path))
        {
            file.Position = file.Length - 1;
            file.WriteByte(1);
        }
        Assert.That(() => weight.ReadOnlySpan.Length, Throws.TypeOf<CheckpointException>().With.Message.EqualTo(
            $"Checkpoint '{path}': 'weight' is in a file that was written to after it was opened; "
            + "expected a file that does not change or is replaced as a whole; load it again."));
    }

    [Test]
    public void AFileWithoutLargeTensorsIsClosedAtOnce()
    {
        string path = _folder.Write("a", CheckpointFiles.Bytes("small.zip.pth"));
        StateDict tensors = Checkpoint.Load(path);
        AssertNotInUse(path);
        Assert.That(tensors, Is.Not.Empty);
    }

    [Test]
    public void ARejectedFileIsClosedAtOnce()
    {
        string path = WriteCounting("safetensors");
        File.AppendAllText(path, "more");
        Assert.That(() => Checkpoint.Load(path), Throws.TypeOf<CheckpointException>());
        AssertNotInUse(path);
    }

    [Test]
    public void AGzippedFileIsReadAtOnce()
    {
        string path = WriteCounting("zip");
        File.WriteAllBytes(path, CheckpointFiles.Gzip(File.ReadAllBytes(path)));
        Tensor weight = Checkpoint.Load(path)["weight"];
        AssertNotInUse(path);
        float[] scratch = [];
        Assert.That(weight.Borrow(ref scratch), Is.SameAs(weight));
    }

    [Test]
    public void ACallersStreamIsReadAtOnce()
    {
        StateDict tensors;
        using (FileStream stream = File.OpenRead(WriteCounting("zip"))) tensors = Checkpoint.Load(stream);
        AssertCounts(tensors["weight"]);
    }

    [Test]
    public void TheFileIsClosedOnceNothingRefersToIt()
    {
        string path = WriteCounting("zip");
        Tensor used = LoadAndUse(path);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        AssertNotInUse(path);
        AssertCounts(used);
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // so that no reference stays on the stack
    private static Tensor LoadAndUse(string path)
    {
        Tensor weight = Checkpoint.Load(path)["weight"];
        Assert.That(() => OpenAlone(path), Throws.InstanceOf<IOException>());
        AssertCounts(weight);
        return weight;
    }

    private static void AssertNotInUse(string path) => Assert.That(() => OpenAlone(path), Throws.Nothing);

    private static void OpenAlone(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    private static FileStream OpenForWriting(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (IOException) when (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows does not allow writing to a file in use.");
            throw;
        }
    }

    private static void AssertUnread(Tensor tensor)
    {
        float[] scratch = [];
        Assert.That(tensor.Borrow(ref scratch).Buffer, Is.SameAs(scratch));
    }

    private static void AssertCounts(Tensor tensor)
    {
        ReadOnlySpan<float> elements = tensor.ReadOnlySpan;
        Assert.That(elements.Length, Is.EqualTo(Elements));
        for (int i = 0; i < elements.Length; i++)
        {
            if (elements[i] != i) Assert.Fail($"element {i} is {elements[i]}");
        }
    }

    /// <summary>A file with a tensor "weight" whose elements are their own indices.</summary>
    private string WriteCounting(string kind)
    {
        float[] elements = [.. Enumerable.Range(0, Elements).Select(i => (float)i)];
        byte[] pickle = PickleBuilder.OneTensor(Elements, 0, [Rows, Columns], [Columns, 1]);
        switch (kind)
        {
            case "zip":
                byte[] bytes = MemoryMarshal.AsBytes(elements).ToArray();
                return _folder.Write("a", new ZipBuilder().Add("a/data.pkl", pickle).Add("a/data/0", bytes).Build());
            case "legacy": return _folder.Write("a", PickleBuilder.Legacy(pickle, ("0", elements)));
            default:
                StateDict tensors = [];
                tensors.Add("weight", Tensor.FromArray(elements, [Rows, Columns]));
                Safetensors.Write(_folder["a"], tensors);
                return _folder["a"];
        }
    }
}
