using System.Globalization;
using ResNetManaged.Serialization;

namespace ResNetManaged.Onnx.Model;

/// <summary>A model's file and the files beside it that hold elements of its tensors.</summary>
/// <remarks>
/// ONNX's external data: https://github.com/onnx/onnx/blob/main/docs/ExternalData.md. A location must be the plain name of a file in the model's own
/// folder, so that no model can make a program read anything else.
/// </remarks>
internal sealed class TensorFiles(ByteSource source, string? folder)
{
    private readonly Dictionary<string, ByteSource> _others = [];
    private readonly Dictionary<ByteSource, TensorReader> _readers = [];
    private readonly Dictionary<ByteSource, long> _claims = [];

    /// <summary>The model's file, for messages.</summary>
    public string File => source.Name;

    /// <summary>The model itself.</summary>
    public ByteSource Source => source;

    /// <summary>The reader of tensors of one of the files.</summary>
    public TensorReader ReaderOf(ByteSource file)
    {
        if (!_readers.TryGetValue(file, out TensorReader? reader)) _readers.Add(file, reader = new TensorReader(file));
        return reader;
    }

    /// <summary>Fills all tensors that are not read later.</summary>
    public void Complete()
    {
        foreach (TensorReader reader in _readers.Values) reader.Complete();
    }

    /// <summary>Where a tensor's elements start in another file; the range is checked.</summary>
    public (ByteSource Source, long Offset) Find(OnnxTensor tensor, long length)
    {
        string location = tensor.External.GetValueOrDefault("location", "");
        ByteSource other = Open(tensor.Name, location);
        long offset = Number(tensor, "offset") ?? 0, claimed = Number(tensor, "length") ?? length;
        if (claimed != length)
            throw OnnxErrors.Damaged(File, tensor.Name, $"claims {claimed} bytes in '{Printable(location)}'", $"expected {length} for its shape");
        if (offset < 0 || length > other.Length - offset)
        {
            throw OnnxErrors.Damaged(File, tensor.Name,
                $"claims {length} bytes from byte {offset} of '{Printable(location)}', which has {other.Length}",
                "expected a range inside the file");
        }
        long claims = _claims.GetValueOrDefault(other) + length; // ranges may overlap
        if (claims > Loading.LoadingBudget.Of(other.Length))
        {
            throw OnnxErrors.Damaged(File, tensor.Name,
                $"brings the claims on '{Printable(location)}' to {claims} bytes, of the file's {other.Length}",
                "expected tensors that share less");
        }
        _claims[other] = claims;
        return (other, offset);
    }

    private ByteSource Open(string tensor, string location)
    {
        if (_others.TryGetValue(location, out ByteSource? known)) return known;
        bool isPlain = location.Length > 0 && location is not ("." or "..") && location.AsSpan().IndexOfAny("/\\:\0") < 0;
        if (!isPlain)
        {
            throw OnnxErrors.Damaged(File, tensor, $"has its data at '{Printable(location)}'",
                "expected the plain name of a file in the model's own folder");
        }
        if (folder is null)
        {
            throw OnnxErrors.Damaged(File, tensor, $"has its data in another file, '{Printable(location)}'",
                "expected a model in one file, or one that is read by its path");
        }
        string path = Path.Combine(folder, location);
        FileInfo info = new(path);
        if (!info.Exists)
            throw OnnxErrors.Damaged(File, tensor, $"has its data in '{Printable(location)}', which is not there", "expected it beside the model");
        if (!Tensors.IO.FileKind.HasLength(path))
            throw OnnxErrors.Damaged(File, tensor, $"has its data in '{Printable(location)}', which is empty or a pipe", "expected a file with its elements");
        if (info.LinkTarget is not null && info.ResolveLinkTarget(returnFinalTarget: true) is { } target
            && Path.GetDirectoryName(target.FullName) is var place && place != Resolved(folder) && place != FolderOfModel())
        {
            throw OnnxErrors.Damaged(File, tensor, $"has its data in '{Printable(location)}', a link out of the model's folder",
                "expected a file in it");
        }
        FileSource other = FileSource.Open(path);
        if (Serialization.Dialects.ForeignContent.IsLfsPointer(other))
        {
            throw OnnxErrors.Damaged(File, tensor, $"has its data in '{Printable(location)}', a Git LFS pointer, which stands for the file",
                "expected the file itself; fetch it with: git lfs pull");
        }
        return _others[location] = other;
    }

    /// <summary>
    /// The folder of the file that the model is a link to, as in Hugging Face's cache, where its data is one too; null if it is none.
    /// </summary>
    private string? FolderOfModel() => Path.GetDirectoryName(new FileInfo(File).ResolveLinkTarget(returnFinalTarget: true)?.FullName);

    private static string Resolved(string folder)
    {
        DirectoryInfo info = new(folder);
        return (info.ResolveLinkTarget(returnFinalTarget: true) ?? info).FullName.TrimEnd(Path.DirectorySeparatorChar);
    }

    private long? Number(OnnxTensor tensor, string key)
    {
        if (!tensor.External.TryGetValue(key, out string? text)) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value
            : throw OnnxErrors.Damaged(File, tensor.Name, $"has the {key} '{Printable(text)}'", "expected a number of bytes");
    }

    private static string Printable(string text) => Tensors.IO.UntrustedText.Printable(text);
}
