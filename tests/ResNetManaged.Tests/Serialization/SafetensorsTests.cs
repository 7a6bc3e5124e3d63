using System.Text;
using NUnit.Framework;
using ResNetManaged.Layers.State;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tests.Serialization;

public sealed class SafetensorsTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("safetensors").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void WrittenTensorsAreReadBackBitForBit()
    {
        StateDict written = Sample();
        Safetensors.Write(PathOf("a"), written, new Dictionary<string, string> { ["epoch"] = "3", ["name"] = "Größe \"x\"" });
        StateDict read = Safetensors.Read(PathOf("a"), out IReadOnlyDictionary<string, string> metadata);

        Assert.That(read.Keys, Is.EqualTo(written.Keys));
        foreach ((string name, Tensor tensor) in written)
        {
            Assert.That(read[name].Shape, Is.EqualTo(tensor.Shape), name);
            Assert.That(Bits(read[name]), Is.EqualTo(Bits(tensor)), name);
        }
        Assert.That(metadata, Is.EquivalentTo(new Dictionary<string, string> { ["epoch"] = "3", ["name"] = "Größe \"x\"" }));
    }

    [Test]
    public void TheWrittenBytesFollowTheFormat()
    {
        StateDict tensors = [];
        tensors.Add("bn1.weight", Tensor.FromArray([1f, -2f], [2]));
        tensors.Add("bn1.num_batches_tracked", Tensor.FromArray([7f], []));
        using MemoryStream stream = new();
        Safetensors.Write(stream, tensors, new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" });

        const string header = """
            {"__metadata__":{"a":"1","b":"2"},
            "bn1.weight":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},
            "bn1.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}
            """;
        string compact = header.Replace("\n", "", StringComparison.Ordinal);
        string padded = compact.PadRight((compact.Length + 7) / 8 * 8);
        byte[] expected =
        [
            .. BitConverter.GetBytes((ulong)padded.Length), .. Encoding.ASCII.GetBytes(padded),
            .. BitConverter.GetBytes(7L), .. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(-2f),
        ];
        Assert.That(stream.ToArray(), Is.EqualTo(expected));
    }

    [Test]
    public void HalfPrecisionRoundsToElevenBitsAndKeepsCounters()
    {
        StateDict tensors = [];
        tensors.Add("fc.weight", Tensor.FromArray([1f, 1f / 3, -65504f, 1e-7f, float.NegativeInfinity], [5]));
        tensors.Add("bn1.num_batches_tracked", Tensor.FromArray([70001f], []));
        Safetensors.Write(PathOf("half"), tensors, half: true);
        StateDict read = Safetensors.Read(PathOf("half"), out _);
        Assert.That(read["fc.weight"].ReadOnlySpan.ToArray(), Is.EqualTo(new[] { 1f, (float)(Half)(1f / 3), -65504f, (float)(Half)1e-7f, float.NegativeInfinity }));
        Assert.That(read["bn1.num_batches_tracked"].ReadOnlySpan.ToArray(), Is.EqualTo(new[] { 70001f }));
        int header = (int)BitConverter.ToUInt64(File.ReadAllBytes(PathOf("half")));
        Assert.That(new FileInfo(PathOf("half")).Length, Is.EqualTo(8 + header + 8 + 5 * 2));
    }

    [Test]
    public void ElementsBeyondHalfPrecisionAreRejectedAndNothingIsWritten()
    {
        StateDict tensors = [];
        tensors.Add("bn1.running_var", Tensor.FromArray([1f, 70000f], [2]));
        CheckpointException exception = Assert.Throws<CheckpointException>(() => Safetensors.Write(PathOf("half"), tensors, half: true))!;
        Assert.That(exception.Message, Does.Contain("'bn1.running_var'").And.Contain("70000").And.Contain("65504"));
        Assert.That(Directory.GetFiles(_folder), Is.Empty);
    }

    [Test]
    public void WritingReplacesAFileAndLeavesNoTemporaryFile()
    {
        File.WriteAllText(PathOf("a"), "old");
        Safetensors.Write(PathOf("a"), Sample());
        Assert.That(Directory.GetFiles(_folder), Is.EqualTo(new[] { PathOf("a") }));
        Assert.That(Checkpoint.Load(PathOf("a")), Has.Count.EqualTo(Sample().Count));
    }

    [Test]
    public void AFailureKeepsTheOldFileAndLeavesNoTemporaryFile()
    {
        File.WriteAllText(PathOf("a"), "old");
        Assert.That(() => AtomicFile.Write(PathOf("a"), stream =>
        {
            stream.WriteByte(1);
            throw new IOException("disk full");
        }), Throws.TypeOf<IOException>().With.Message.EqualTo("disk full"));
        Assert.That(Directory.GetFiles(_folder), Is.EqualTo(new[] { PathOf("a") }));
        Assert.That(File.ReadAllText(PathOf("a")), Is.EqualTo("old"));
    }

    [Test]
    public void TheReservedNameIsRejected()
    {
        StateDict tensors = [];
        tensors.Add("__metadata__", Tensor.Zeros([1]));
        Assert.That(() => Safetensors.Write(PathOf("a"), tensors), Throws.ArgumentException);
        Assert.That(Directory.GetFiles(_folder), Is.Empty);
    }

    private static StateDict Sample()
    {
        StateDict tensors = [];
        tensors.Add("model.weight", Tensor.Normal([40_000, 2], new TorchGenerator(0)));
        tensors.Add("model.bn.num_batches_tracked", Tensor.FromArray([12345f], []));
        tensors.Add("model.special", Tensor.FromArray([float.NaN, float.PositiveInfinity, -0f, float.Epsilon], [4, 1]));
        tensors.Add("model.empty", Tensor.Zeros([0, 3]));
        return tensors;
    }

    private static int[] Bits(Tensor tensor) => Array.ConvertAll(tensor.ReadOnlySpan.ToArray(), BitConverter.SingleToInt32Bits);

    private string PathOf(string name) => Path.Combine(_folder, name + ".safetensors");
}
