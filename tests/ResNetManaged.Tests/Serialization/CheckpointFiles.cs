using System.IO.Compression;
using ResNetManaged.Layers.State;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Serialization;

/// <summary>The files that Goldens/make_checkpoints.py recorded, and the contents that PyTorch reads from them.</summary>
internal static class CheckpointFiles
{
    public static string Locate(string name) => Path.Combine(AppContext.BaseDirectory, "Goldens", "checkpoints", name);

    public static byte[] Bytes(string name) => File.ReadAllBytes(Locate(name));

    public static StateDict Load(byte[] bytes)
    {
        using MemoryStream stream = new(bytes);
        return Checkpoint.Load(stream, "test.pth");
    }

    /// <summary>The message of the exception with which the bytes are rejected.</summary>
    public static string Refusal(byte[] bytes)
    {
        try
        {
            Load(bytes);
        }
        catch (CheckpointException exception)
        {
            return exception.Message;
        }
        return "was not rejected";
    }

    public static StateDict Expected(string group)
    {
        string folder = Locate(Path.Combine("expected", group));
        StateDict expected = new();
        foreach (string name in File.ReadLines(Path.Combine(folder, "order.txt"))) expected.Add(name, Npy.Read(Path.Combine(folder, name + ".npy")));
        return expected;
    }

    public static Tensor ExpectedArray(string name) => Npy.Read(Locate(Path.Combine("expected", name + ".npy")));

    public static byte[] Gzip(ReadOnlySpan<byte> bytes)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.SmallestSize)) gzip.Write(bytes);
        return packed.ToArray();
    }
}

/// <summary>A stream that cannot seek and has no known length, like standard input.</summary>
internal sealed class PipeStream(byte[] bytes) : MemoryStream(bytes)
{
    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 100)); // in small pieces
}
