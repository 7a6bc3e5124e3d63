using System.Text;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Dialects;

/// <summary>Says what a file is that is no checkpoint: often what came instead of one.</summary>
internal static class ForeignContent
{
    private const int StartLength = 512, ShownLength = 8;
    private const string Unpack = "expected the file inside; unpack it";

    private static ReadOnlySpan<byte> LfsStart => "version https://git-lfs"u8;

    private static readonly (byte[] Start, string Found, string Expected)[] Signatures =
    [
        ([.. LfsStart], "is a Git LFS pointer, which stands for the file", "expected the file itself; fetch it with: git lfs pull"),
        ([0x89, .. "HDF"u8], "is an HDF5 file, as Keras writes them", "expected tensors of PyTorch's, safetensors or ONNX; convert it in Python, for example with tf2onnx"),
        ([(byte)'7', (byte)'z', 0xBC, 0xAF], "is a 7z archive", Unpack),
        ([.. "Rar!"u8], "is a RAR archive", Unpack),
        ([0x1F, 0x8B], "is compressed with gzip", Unpack),
        ([.. "BZh"u8], "is compressed with bzip2", Unpack),
        ([0xFD, .. "7zXZ"u8], "is compressed with xz", Unpack),
        ([0x28, 0xB5, 0x2F, 0xFD], "is compressed with zstd", Unpack),
    ];

    /// <summary>The exception for a file of a known kind that is no checkpoint; null for a file of an unknown kind.</summary>
    /// <param name="source">The file.</param>
    /// <param name="kind">What it should have been.</param>
    /// <param name="around">What is around the content, as the start of a clause; empty if nothing is.</param>
    public static CheckpointException? Find(ByteSource source, string kind = "Checkpoint", string around = "")
    {
        ReadOnlySpan<byte> start = Start(source);
        foreach ((byte[] signature, string found, string expected) in Signatures)
        {
            if (start.StartsWith(signature)) return new(source.Name, null, around + found, expected, kind: kind);
        }
        string text = Encoding.Latin1.GetString(start).TrimStart('\xEF', '\xBB', '\xBF', ' ', '\t', '\r', '\n');
        if (text.StartsWith('<'))
            return new(source.Name, null, around + (text.Contains("html", StringComparison.OrdinalIgnoreCase) ? "is a web page" : "is an XML document"),
                "expected the file itself; download it by its own address, not its page's", kind: kind);
        if (text.StartsWith('{') || text.StartsWith('[')) return new(source.Name, null, around + "is JSON", "expected the weights, which are in another file", kind: kind);
        bool isTar = start.Length > 262 && start[257..].StartsWith("ustar"u8);
        return isTar ? new(source.Name, null, around + "is a tar archive", Unpack, kind: kind) : null;
    }

    /// <summary>Whether a file is a Git LFS pointer.</summary>
    public static bool IsLfsPointer(ByteSource source) => Start(source).AsSpan().StartsWith(LfsStart);

    /// <summary>The exception for a file that is no checkpoint.</summary>
    /// <param name="source">The file.</param>
    /// <param name="around">What is around the content, as the start of a clause; empty if nothing is.</param>
    public static CheckpointException Describe(ByteSource source, string around = "")
    {
        if (Find(source, around: around) is { } known) return known;
        if (IsOnnx(Start(source))) return new(source.Name, null, around + "is an ONNX model", "expected it in a file of its own, unpacked; it is not read from a pipe");
        byte[] start = Start(source)[..(int)Math.Min(source.Length, ShownLength)];
        return new(source.Name, null,
            around + (start.Length == 0 ? "is empty" : $"starts with '{UntrustedText.Printable(Encoding.Latin1.GetString(start))}' ({Convert.ToHexString(start)} hex)"),
            "expected a torch checkpoint (.pth, zip or legacy), a pickle of NumPy arrays or safetensors, plain or gzipped");
    }

    /// <summary>Whether content starts as ONNX models do: with the version of the format, then the producer's or the graph's field.</summary>
    private static bool IsOnnx(ReadOnlySpan<byte> start) => start is [0x08, >= 1 and <= 30, 0x12 or 0x3A, ..];

    private static byte[] Start(ByteSource source)
    {
        byte[] start = new byte[(int)Math.Min(source.Length, StartLength)];
        source.Read(0, start, entry: null);
        return start;
    }
}
