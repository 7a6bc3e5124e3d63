using ResNetManaged.Layers.State;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Torch;

/// <summary>Reads the format of <c>torch.save</c> since PyTorch 1.6: a zip archive with <c>data.pkl</c>, and <c>data/KEY</c> for each storage.</summary>
internal static class TorchZip
{
    private const string Pickle = "data.pkl";

    public static StateDict Read(ByteSource source, bool average)
    {
        ZipDirectory zip = new(source);
        string root = FindRoot(source, zip);
        zip.RequireStored();
        CheckByteOrder(source, zip, root + "byteorder");

        ZipEntry pickle = zip.Find(root + Pickle)!;
        long start = zip.Locate(pickle);
        PickleReader reader = new(source, start, start + pickle.Length, pickle.Name);
        object? value = new RestrictedUnpickler(reader, new NumpyPickle(reader, isTorch: true)).Load();
        if (!reader.AtEnd) throw reader.Fail("continues after its value", "expected the end of the entry");

        return TorchTensors.Read(source, value, storage =>
        {
            string name = $"{root}data/{storage.Key}";
            ZipEntry entry = zip.Find(name) ?? throw new CheckpointException(source.Name, name, "is not in the archive", $"'{pickle.Name}' needs it");
            if (entry.Length != storage.ByteLength)
                throw new CheckpointException(source.Name, name, $"has {entry.Length} bytes",
                    $"'{pickle.Name}' expects {storage.Count} elements of {storage.Type}, {storage.ByteLength} bytes");
            return zip.Locate(entry);
        }, average);
    }

    /// <summary>The rejection of an archive whose module is code.</summary>
    public static CheckpointException IsTorchScript(ByteSource source) => new(source.Name, null, "is a TorchScript archive",
        "expected tensors only; load it in Python with torch.jit.load and save torch.save(model.state_dict(), path)");

    /// <summary>Finds the folder that contains everything; it has the file's original name.</summary>
    private static string FindRoot(ByteSource source, ZipDirectory zip)
    {
        string[] pickles = zip.Names.Where(name => name.EndsWith("/" + Pickle, StringComparison.Ordinal) && name.Count(c => c == '/') == 1).ToArray();
        if (pickles.Length == 0 && zip.Names.Any(name => name.EndsWith(".npy", StringComparison.Ordinal)))
        {
            throw new CheckpointException(source.Name, null, "is an archive of NumPy arrays (.npz)",
                "expected a dict of them; in Python, save torch.save(dict(numpy.load(file)), path)");
        }
        if (pickles.Length == 0 && zip.Names.FirstOrDefault(name => Path.GetExtension(name) is ".pth" or ".pt" or ".th" or ".bin" or ".ckpt" or ".safetensors" or ".onnx" or ".tar") is { } inside)
            throw new CheckpointException(source.Name, null, $"is a zip archive with '{UntrustedText.Printable(inside)}'", "expected the file inside; unpack it");
        if (pickles.Length != 1)
            throw new CheckpointException(source.Name, null, $"is a zip archive with {(pickles.Length == 0 ? "no entry" : "several entries")} FOLDER/{Pickle}",
                "expected one, as in a torch checkpoint");
        string root = pickles[0][..^Pickle.Length];
        if (zip.Find(root + "constants.pkl") is not null)
            throw IsTorchScript(source);
        return root;
    }

    /// <summary>Checks the byte order, which an entry gives since PyTorch 2.1; before, it was always little endian.</summary>
    private static void CheckByteOrder(ByteSource source, ZipDirectory zip, string name)
    {
        if (zip.Find(name) is not { } entry) return;
        Span<byte> order = stackalloc byte[(int)Math.Min(entry.Length, 16)];
        source.Read(zip.Locate(entry), order, name);
        if (!order.SequenceEqual("little"u8))
            throw new CheckpointException(source.Name, name, order.SequenceEqual("big"u8) ? "says 'big'" : "is unknown", "expected 'little'");
    }
}
