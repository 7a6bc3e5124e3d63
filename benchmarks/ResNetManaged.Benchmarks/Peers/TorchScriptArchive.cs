using System.IO.Compression;
using System.Text;

namespace ResNetManaged.Benchmarks.Peers;

/// <summary>A TorchScript module without parameters, as <c>torch.jit.save</c> would write it: a zip file of source text and pickles.</summary>
/// <remarks>
/// <c>torch.jit.compile</c> also accepts source text, but knows only operators below <c>torch.</c>; a saved module may call any
/// (<c>ops.mkldnn...</c>). The files: pytorch/torch/csrc/jit/docs/serialization.md.
/// </remarks>
internal static class TorchScriptArchive
{
    /// <summary>The class whose source <see cref="Write"/> accepts; its only attribute is <see cref="Attribute"/>.</summary>
    public const string ClassName = "Network";

    /// <summary>The attribute, an empty list when the module is loaded.</summary>
    public const string Attribute = "weights";

    /// <summary>The file format of PyTorch 1.13 and later.</summary>
    private const string Version = "10\n";

    /// <summary>The bytes of the file.</summary>
    /// <param name="source">The class, in the Python dialect of saved modules.</param>
    public static byte[] Write(string source)
    {
        using MemoryStream stream = new();
        using (ZipArchive archive = new(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(archive, "version", Version);
            Add(archive, "constants.pkl", "\u0080\u0002)."); // protocol 2, an empty tuple
            Add(archive, "code/__torch__.py", source);
            // Protocol 2, an object of the class, made with no arguments; its state is a dictionary from the attribute to an empty list.
            Add(archive, "data.pkl", $"\u0080\u0002c__torch__\n{ClassName}\n)\u0081}}(X{(char)Attribute.Length}\0\0\0{Attribute}]ub.");
        }
        return stream.ToArray();
    }

    private static void Add(ZipArchive archive, string name, string content)
    {
        using Stream entry = archive.CreateEntry($"archive/{name}", CompressionLevel.NoCompression).Open();
        entry.Write(Encoding.Latin1.GetBytes(content)); // one byte per character: the pickles are not text
    }
}
