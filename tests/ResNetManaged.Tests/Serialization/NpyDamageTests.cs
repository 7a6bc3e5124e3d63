using System.Text;
using NUnit.Framework;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Serialization;

/// <summary>Truncated, changed and dishonest .npy files: the outcome is always a typed exception or a result.</summary>
public sealed class NpyDamageTests
{
    private const string Start = "{'descr': '<f4', 'fortran_order': False, 'shape': ";

    [TestCase("f4")]
    [TestCase("f8_fortran")]
    [TestCase("u1")]
    [TestCase("version3")]
    public void EveryTruncationIsRejected(string name)
    {
        byte[] whole = Golden(name);
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.That(() => Read(whole[..length]), Throws.TypeOf<NpyFormatException>(), $"{length} bytes");
            using PipeStream pipe = new(whole[..length]);
            Assert.That(() => Npy.Read(pipe), Throws.TypeOf<NpyFormatException>(), $"{length} bytes of a pipe");
        }
    }

    [TestCase("f4")]
    [TestCase("i8_big")]
    [TestCase("version2")]
    public void EveryChangedByteIsRejectedOrRead(string name)
    {
        byte[] whole = Golden(name);
        for (int at = 0; at < whole.Length; at++)
        {
            for (int change = 1; change < 256; change++)
            {
                byte[] damaged = [.. whole];
                damaged[at] ^= (byte)change;
                try
                {
                    Read(damaged);
                }
                catch (NpyFormatException)
                {
                }
                catch (Exception exception)
                {
                    Assert.Fail($"byte {at} changed by {change:X2}: {exception}");
                }
            }
        }
    }

    [TestCase(Start + "(4,), }", "has 8 bytes of data; shape [4] of '<f4' needs 16")]
    [TestCase(Start + "(500000000,), }", "has 8 bytes of data; shape [500000000] of '<f4' needs 2000000000")]
    [TestCase(Start + "(4294967296, 4294967296), }", "has shape [4294967296, 4294967296]; expected at most 64 dimensions")]
    [TestCase(Start + "(65536, 65536, 65536, 65536), }", "has shape [65536, 65536, 65536, 65536]; expected at most")]
    [TestCase(Start + "(99999999999999999999,), }", "has a size beyond 64 bits")]
    [TestCase(Start + "(-1,), }", "expected a size of 0 or more")]
    [TestCase(Start + "(2), }", "expected a comma, which makes (3,) a tuple")]
    [TestCase(Start + "(1, 2), 'shape': (2,), }", "has the unknown or repeated key 'shape'")]
    [TestCase(Start + "(1, 2), 'x': 1, }", "has the unknown or repeated key 'x'")]
    [TestCase(Start + "(1, 2), } + 1", "expected the end of the header")]
    [TestCase(Start + "__import__('os').system('id'), }", "has character 5F hex at position 50; expected '('")]
    [TestCase("__import__('os').system('id')", "has character 5F hex at position 0; expected '{'")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, }", "is missing a key; expected 'descr', 'fortran_order' and 'shape'")]
    [TestCase("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", "expected True or False")]
    [TestCase("{'descr': '<f4\\x00'", "without escapes")]
    [TestCase("{'descr': '<f4", "expected a closing quote")]
    [TestCase("", "ends early; expected '{'")]
    public void ADishonestHeaderIsRejected(string header, string message) =>
        Assert.That(() => Read(FileOf(header, 8)), Throws.TypeOf<NpyFormatException>().With.Message.Contains(message));

    [Test]
    public void SurplusBytesAreRejected()
    {
        string path = Path.GetTempFileName();
        File.WriteAllBytes(path, [.. Golden("vector"), 0]);
        Assert.That(() => Npy.Read(path), Throws.TypeOf<NpyFormatException>().With.Message.Contains("continues after its data"));
        File.Delete(path);
    }

    [Test]
    public void AHugeShapeAllocatesNoMemory()
    {
        byte[] file = FileOf(Start + "(500000000,), }", 8);
        using PipeStream pipe = new(file);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => Read(file), Throws.TypeOf<NpyFormatException>());
        Assert.That(() => Npy.Read(pipe), Throws.TypeOf<NpyFormatException>());
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1_000_000));
    }

    [Test]
    public void AHugeHeaderAllocatesNoMemory() => Assert.That(() => Read([0x93, .. "NUMPY"u8, 2, 0, 0xFF, 0xFF, 0xFF, 0xFF]),
        Throws.TypeOf<NpyFormatException>().With.Message.Contains("claims a header of 4294967295 bytes; expected at most 65536"));

    [Test]
    public void UnsupportedVersionsAndOtherFilesAreNamed()
    {
        Assert.That(() => Read([0x93, .. "NUMPY"u8, 4, 0, 0, 0]),
            Throws.TypeOf<NpyFormatException>().With.Message.Contains("has format version 4.0; expected 1, 2 or 3"));
        Assert.That(() => Read("PK and more"u8.ToArray()), Throws.TypeOf<NpyFormatException>().With.Message.Contains("expected a .npy file"));
    }

    private static byte[] FileOf(string header, int dataLength) =>
        [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, (byte)(header.Length >> 8), .. Encoding.Latin1.GetBytes(header), .. new byte[dataLength]];

    private static byte[] Golden(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Goldens", "npy", name + ".npy"));

    private static Tensor Read(byte[] bytes)
    {
        using MemoryStream stream = new(bytes);
        return Npy.Read(stream);
    }
}
