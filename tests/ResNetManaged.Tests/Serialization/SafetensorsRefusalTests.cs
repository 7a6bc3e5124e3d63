using System.Text;
using NUnit.Framework;

namespace ResNetManaged.Tests.Serialization;

/// <summary>safetensors headers that do not match their data.</summary>
public sealed class SafetensorsRefusalTests
{
    private const string Good = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    [Test]
    public void AValidHeaderIsRead() => Assert.That(CheckpointFiles.Load(FileOf(Good, 8))["a"].ElementCount, Is.EqualTo(2));

    // Holes, overlaps, wrong sizes.
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12,
        "'a' has data_offsets [4, 12]; expected it to start at 0")]
    [TestCase("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}}""", 5,
        "'b' has data_offsets [3, 5]; expected it to start at 2, where the tensors before it end")]
    [TestCase("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3,
        "'b' has data_offsets [1, 3]; expected it to start at 2, where the tensors before it end")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "has 9 bytes of data; the header describes 8")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "has 4 bytes of data; the header describes 8")]
    [TestCase("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "'a' has data_offsets [0, 8]; shape [3] of F32 needs 12 bytes")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "'a' has data_offsets [8, 0]; shape [2] of F32 needs 8 bytes")]
    [TestCase("""{"a":{"dtype":"F32","shape":[500000000],"data_offsets":[0,2000000000]}}""", 8,
        "has 8 bytes of data; the header describes 2000000000")]
    // Shapes beyond a tensor's limits, or 64 bits.
    [TestCase("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0,
        "'a' has shape [4294967296, 4294967296]; expected at most")]
    [TestCase("""{"a":{"dtype":"F32","shape":[65536,65536,65536,65536],"data_offsets":[0,0]}}""", 0,
        "'a' has shape [65536, 65536, 65536, 65536]; expected at most")]
    [TestCase("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,0]}}""", 0, "is not a nonnegative 64-bit integer")]
    [TestCase("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}}""", 0, "'a' has a size or offset that is not a nonnegative 64-bit integer")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "'a' has a size or offset that is not a nonnegative 64-bit integer")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,16]}}""", 8, "'a' has a list of more than 2 sizes or offsets; expected at most 2")]
    // Names, fields, types.
    [TestCase("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2,
        "'a' occurs twice")]
    [TestCase("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2,
        "'a' occurs twice")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}""", 8, "'a' has an unknown or repeated field 'shape'")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}""", 8, "'a' has an unknown or repeated field 'x'")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2]}}""", 8, "'a' is missing a field")]
    [TestCase("""{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}""", 8, "'a' has type 'C64'; expected F32, F64")]
    [TestCase("""{"__metadata__":{"a":1}}""", 0, "'header' has Number at byte 21; expected String")]
    [TestCase("""{"__metadata__":{"a":"1","a":"2"}}""", 0, "'__metadata__' has a key twice")]
    // JSON.
    [TestCase("""{"a":""", 0, "'header' is not valid JSON")]
    [TestCase("""{} {}""", 0, "'header' is not valid JSON")]
    [TestCase("""{"a":[[[[[[[[1]]]]]]]]}""", 0, "'header' has StartArray at byte 5; expected StartObject")]
    [TestCase("""{"a":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}}""", 8, "'header' is not valid JSON")] // too deep
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},}""", 8, "'header' is not valid JSON")]
    [TestCase("""{"a":null}""", 0, "'header' has Null at byte 5; expected StartObject")]
    public void ADishonestHeaderIsRejected(string header, int dataLength, string message) =>
        Assert.That(CheckpointFiles.Refusal(FileOf(header, dataLength)), Does.StartWith("Checkpoint 'test.pth': ").And.Contains(message));

    [TestCase(100_000_000_000UL)]
    [TestCase(ulong.MaxValue)]
    [TestCase(1000UL)]
    public void AHeaderLongerThanTheFileIsRejectedBeforeItIsAllocated(ulong length)
    {
        byte[] file = [.. BitConverter.GetBytes(length), .. "{}"u8];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(CheckpointFiles.Refusal(file),
            Does.Contain($"claims a header of {length} bytes; expected at most 16777216; the file has 10"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000));
    }

    [Test]
    public void NamesThatAreNotUtf8AreRejected()
    {
        byte[] file = FileOf(Good, 8);
        file[Array.IndexOf(file, (byte)'a')] = 0xFF;
        Assert.That(CheckpointFiles.Refusal(file), Does.Contain("'header' is not valid JSON"));
    }

    [Test]
    public void MessagesStayOnOneLine()
    {
        string name = "line\\nbreak" + new string('x', 1000);
        string refusal = CheckpointFiles.Refusal(FileOf($$$"""{"{{{name}}}":{"dtype":"X","shape":[],"data_offsets":[0,0]}}""", 0));
        Assert.That(refusal, Does.Contain("'line?breakxxx").And.Not.Contains("\n"));
        Assert.That(refusal, Has.Length.LessThan(400));
    }

    private static byte[] FileOf(string header, int dataLength)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((ulong)json.Length), .. json, .. new byte[dataLength]];
    }
}
