using ResNetManaged.Layers.State;

namespace ResNetManaged.Serialization.Torch;

/// <summary>Reads a plain pickle of NumPy arrays, as Detectron's and Detectron2's <c>.pkl</c> files are: a dict, maybe in another one.</summary>
/// <remarks>Python 2 writes protocol 2, and Python 3 protocol 2 to 5. The arrays' elements are inside the pickle.</remarks>
internal static class ArrayPickle
{
    private const int FirstProtocol = 2, LastProtocol = 5;

    /// <summary>Whether a file starts like a pickle. A file of torch.save before PyTorch 1.6 does as well.</summary>
    public static bool Matches(ReadOnlySpan<byte> start) => start is [(byte)PickleOpcode.Proto, >= FirstProtocol and <= LastProtocol, ..];

    public static StateDict Read(ByteSource source, bool average)
    {
        PickleReader reader = new(source, 0, source.Length, "pickle");
        object? value = new RestrictedUnpickler(reader, new NumpyPickle(reader)).Load();
        if (!reader.AtEnd) throw reader.Fail("continues after its value", "expected the end of the file");
        return TorchTensors.Read(source, value, storage => throw new InvalidOperationException(storage.Key), average);
    }
}
