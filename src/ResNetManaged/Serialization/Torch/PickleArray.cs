using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Torch;

/// <summary>A NumPy array in a pickle: a shape, a type and bytes, which nothing has checked yet.</summary>
internal sealed class PickleArray
{
    private object?[] _shape = [];
    private PickleType? _type;
    private bool _isFortran;
    private PickleBytes? _data;

    /// <summary>Creates an array without content, which <see cref="Set"/> gives it.</summary>
    public PickleArray()
    {
    }

    public PickleArray(object?[] shape, object type, bool isFortran, object data) => Set(shape, type, isFortran, data);

    /// <summary>The number of dimensions that the array claims.</summary>
    public int Rank => _shape.Length;

    /// <summary>Sets what the array is. Anything but bytes, as in an array of objects, makes an array that is not read.</summary>
    public void Set(object?[] shape, object type, bool isFortran, object? data) =>
        (_shape, _type, _isFortran, _data) = (shape, type as PickleType, isFortran, data as PickleBytes);

    /// <summary>Reads the elements; null if they are no real numbers.</summary>
    /// <param name="reader">Reads from the source.</param>
    /// <param name="source">The file.</param>
    /// <param name="name">The array's name, for messages.</param>
    /// <exception cref="CheckpointException">The array's parts contradict each other.</exception>
    public Tensor? Read(TensorReader reader, ByteSource source, string name)
    {
        if (_type?.Elements is not ElementType type || _data is null) return null;
        if (_type.IsBigEndian || _type.Code[0] == '>')
            throw new CheckpointException(source.Name, name, "is big endian", "expected little endian; save array.astype('<f4')");
        long[] sizes = [.. _shape.Take(UntrustedShape.MaxRank + 1).Select(size => size is long whole ? whole : -1)];
        if (!UntrustedShape.TryCreate(sizes, out Shape shape))
            throw new CheckpointException(source.Name, name, $"has the shape {UntrustedShape.Format(sizes)}", UntrustedShape.Limits);
        long bytes = (long)shape.ElementCount * type.Size();
        if (_data.IsInFile && _data.Length != bytes) throw WrongLength(source, name, shape, bytes, _data.Length);
        if (_data.IsInFile && !_isFortran) return reader.Read(name, type, _data.Position, shape);
        return reader.Read(name, type, shape, () =>
        {
            byte[] decoded = _data.Decode(source, name);
            return decoded.Length == bytes ? decoded : throw WrongLength(source, name, shape, bytes, decoded.Length);
        }, _isFortran);
    }

    private static CheckpointException WrongLength(ByteSource source, string name, Shape shape, long expected, long found) =>
        new(source.Name, name, $"of shape {shape} has {found} bytes", $"expected {expected}");
}
