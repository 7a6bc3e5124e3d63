using NUnit.Framework;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tests.Serialization;

public sealed class NpyTests
{
    /// <summary>Shape [2, 3, 4], elements 0 to 23 in row-major order, as in make_checkpoints.py.</summary>
    private static readonly float[] Counting = Enumerable.Range(0, 24).Select(i => (float)i).ToArray();

    [TestCase("f4", -7.25f)]
    [TestCase("f4_big", -7.25f)]
    [TestCase("f8", -7.25f)]
    [TestCase("f8_big", -7.25f)]
    [TestCase("i8", -5f)]
    [TestCase("i8_big", -5f)]
    [TestCase("u1", 0f)]
    [TestCase("f4_fortran", -7.25f)]
    [TestCase("f8_fortran", -7.25f)]
    [TestCase("version2", -7.25f)]
    [TestCase("version3", -7.25f)]
    public void ReadsWhatNumPyWrites(string name, float shift)
    {
        Tensor expected = Tensor.FromArray(Array.ConvertAll(Counting, value => value + shift), [2, 3, 4]);
        AssertSame(Npy.Read(Locate(name)), expected);
        using PipeStream pipe = new(File.ReadAllBytes(Locate(name)));
        AssertSame(Npy.Read(pipe), expected);
    }

    [Test]
    public void ReadsVectorsScalarsAndEmptyArrays()
    {
        AssertSame(Npy.Read(Locate("vector")), Tensor.FromArray([-7.25f, -6.25f, -5.25f, -4.25f, -3.25f], [5]));
        AssertSame(Npy.Read(Locate("scalar")), Tensor.FromArray([2.5f], []));
        AssertSame(Npy.Read(Locate("empty")), Tensor.Zeros([0, 3]));
    }

    [TestCase("f4", nameof(NpyType.Float32), false)]
    [TestCase("f8", nameof(NpyType.Float64), false)]
    [TestCase("i8", nameof(NpyType.Int64), false)]
    [TestCase("u1", nameof(NpyType.UInt8), false)]
    [TestCase("f4_fortran", nameof(NpyType.Float32), true)]
    [TestCase("f8_fortran", nameof(NpyType.Float64), true)]
    [TestCase("vector", nameof(NpyType.Float32), false)]
    [TestCase("scalar", nameof(NpyType.Float32), false)]
    [TestCase("empty", nameof(NpyType.Float32), false)]
    public void WritesTheSameBytesAsNumPy(string name, string type, bool fortranOrder)
    {
        byte[] golden = File.ReadAllBytes(Locate(name));
        using MemoryStream stream = new();
        Npy.Write(stream, Npy.Read(Locate(name)), Enum.Parse<NpyType>(type), fortranOrder);
        Assert.That(stream.ToArray(), Is.EqualTo(golden));
    }

    [Test]
    public void ConversionsTruncateAndSaturate()
    {
        using MemoryStream stream = new();
        Npy.Write(stream, Tensor.FromArray([-1f, 1.9f, 300f, float.NaN], [4]), NpyType.UInt8);
        Assert.That(stream.ToArray()[^4..], Is.EqualTo(new byte[] { 0, 1, 255, 0 }));
    }

    [Test]
    [Platform("Linux")]
    public void ADeviceIsWrittenToRatherThanReplaced()
    {
        Tensor tensor = Tensor.Ones([3]);
        using FileStream file = new(Path.GetTempFileName(), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0, FileOptions.DeleteOnClose);
        Npy.Write($"/dev/fd/{file.SafeFileHandle.DangerousGetHandle()}", tensor);
        AssertSame(Npy.Read(file), tensor);
    }

    [Test]
    public void AReplacedFileLeavesNoTemporaryFile()
    {
        string folder = Directory.CreateTempSubdirectory("npy").FullName;
        try
        {
            string path = Path.Combine(folder, "a.npy");
            File.WriteAllText(path, "old and longer than what replaces it, or not");
            Tensor tensor = Tensor.Normal([300_000], new TorchGenerator(1)); // longer than one chunk
            Npy.Write(path, tensor);
            AssertSame(Npy.Read(path), tensor);
            using PipeStream pipe = new(File.ReadAllBytes(path));
            AssertSame(Npy.Read(pipe), tensor);
            Assert.That(Directory.GetFiles(folder), Is.EqualTo(new[] { path }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void AStreamIsReadExactlyToTheEndOfTheArray()
    {
        byte[] one = File.ReadAllBytes(Locate("vector")), two = File.ReadAllBytes(Locate("f8"));
        using MemoryStream stream = new([.. one, .. two]);
        Assert.That(Npy.Read(stream).Rank, Is.EqualTo(1));
        Assert.That(Npy.Read(stream).Rank, Is.EqualTo(3));
    }

    [TestCase("refused_i4", "has elements of type '<i4'; expected float32 (f4), float64 (f8), int64 (i8) or uint8 (u1)")]
    [TestCase("refused_struct", "has character 5B hex at position 10; expected a quoted string")]
    [TestCase("refused_object", "has elements of type '|O'; expected float32")]
    public void UnsupportedElementTypesAreNamed(string name, string message) => Assert.That(() => Npy.Read(Locate(name)),
        Throws.TypeOf<NpyFormatException>().With.Message.StartsWith($"Array '{Locate(name)}': the header ").And.Message.Contains(message));

    private static string Locate(string name) => Path.Combine(AppContext.BaseDirectory, "Goldens", "npy", name + ".npy");

    private static void AssertSame(Tensor actual, Tensor expected)
    {
        Assert.That(actual.Shape, Is.EqualTo(expected.Shape));
        Assert.That(actual.ReadOnlySpan.ToArray(), Is.EqualTo(expected.ReadOnlySpan.ToArray()));
    }
}
