using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Torch;

/// <summary>What NumPy's arrays are made of in a pickle: a closed set of names, each a branch of a switch.</summary>
/// <param name="reader">The pickle, for messages.</param>
/// <param name="isTorch">
/// Whether torch wrote the pickle. Then arrays usually stand beside the weights, so that one of an unknown form is left without content, and strings of Python 2
/// are names before they are bytes.
/// </param>
internal sealed class NumpyPickle(PickleReader reader, bool isTorch = false)
{
    private const string Expected = "expected the arguments that NumPy writes";
    private const int MaxText = 256; // bytes of a name

    /// <summary>Whether the strings of Python 2, which are text or bytes, are kept as bytes.</summary>
    public bool KeepsStringsAsBytes => !isTorch;

    /// <summary>Evaluates a call that makes a part of an array.</summary>
    /// <param name="callee">The object that the pickle calls.</param>
    /// <param name="arguments">The arguments it passes.</param>
    /// <returns>The part; null if the call makes something else.</returns>
    public object? Call(object? callee, object? arguments)
    {
        if (callee is not PickleSymbol symbol || arguments is not object?[] given) return null;
        return (symbol.Name, given) switch
        {
            ("_codecs.encode", [{ } text, ..]) => Encode(text),
            ("__builtin__.bytes" or "builtins.bytes", []) => new PickleBytes(""),
            ("numpy.dtype", [{ } code, ..]) => Text(code) is string name ? new PickleType(name) : PickleOpaque.Instance,
            ("numpy.core.multiarray._reconstruct" or "numpy._core.multiarray._reconstruct", _) => new PickleArray(),
            ("numpy.core.numeric._frombuffer" or "numpy._core.numeric._frombuffer", [{ } data, { } type, object?[] shape, { } order]) =>
                new PickleArray(shape, type, Text(order) == "F", data),
            ("numpy.core.numeric._frombuffer" or "numpy._core.numeric._frombuffer", _) => Unknown(symbol.Name),
            _ => null,
        };
    }

    /// <summary>Gives a part of an array its state.</summary>
    /// <returns>Whether the target is one.</returns>
    public bool Build(object? target, object? state)
    {
        object?[] parts = state as object?[] ?? [];
        switch (target)
        {
            case PickleType type:
                if (parts is [_, var order, ..]) type.IsBigEndian = Text(order) == ">";
                else Unknown("numpy.dtype");
                return true;
            case PickleArray array:
                if (parts is [_, object?[] shape, { } of, bool isFortran, var data]) array.Set(shape, of, isFortran, data);
                else Unknown("numpy.ndarray");
                return true;
            default:
                return false;
        }
    }

    /// <summary>A short text, which Python 2 writes as bytes; null if it is neither.</summary>
    public string? Text(object? value) => value switch
    {
        string text => text,
        PickleBytes { Length: <= MaxText } bytes => bytes.Text(reader),
        _ => null,
    };

    /// <summary>Bytes that Python 3 writes as text in protocol 2: a character each.</summary>
    private object Encode(object? text) => text switch
    {
        string characters when characters.All(character => character <= byte.MaxValue) => new PickleBytes(characters),
        PickleBytes bytes => bytes,
        _ => Unknown("_codecs.encode"),
    };

    private PickleOpaque Unknown(string name) => isTorch ? PickleOpaque.Instance
        : throw reader.Fail($"calls {UntrustedText.Printable(name)} with other arguments", Expected);
}

/// <summary>Bytes in a pickle, left where they are until an array needs them.</summary>
internal sealed class PickleBytes
{
    private readonly string? _characters;
    private readonly bool _isText;

    /// <summary>Creates bytes that stand in the file.</summary>
    /// <param name="position">The first byte's position.</param>
    /// <param name="length">The number of bytes.</param>
    /// <param name="isText">Whether they are UTF-8, each character of which is a byte.</param>
    public PickleBytes(long position, long length, bool isText) => (Position, Length, _isText) = (position, length, isText);

    /// <summary>Creates bytes from text, each character of which is a byte.</summary>
    public PickleBytes(string characters) => (_characters, Length) = (characters, characters.Length);

    public long Position { get; }

    /// <summary>The number of bytes; as UTF-8 if they are text.</summary>
    public long Length { get; }

    /// <summary>Whether the bytes stand in the file as they are.</summary>
    public bool IsInFile => _characters is null && !_isText;

    /// <summary>The bytes.</summary>
    /// <exception cref="CheckpointException">They are text that is more than bytes.</exception>
    public byte[] Decode(ByteSource source, string name)
    {
        string? characters = _characters;
        if (characters is null)
        {
            byte[] stored = new byte[Length];
            source.Read(Position, stored, name);
            if (!_isText) return stored;
            characters = System.Text.Encoding.UTF8.GetString(stored);
        }
        byte[] bytes = new byte[characters.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = characters[i] <= byte.MaxValue ? (byte)characters[i]
                : throw new CheckpointException(source.Name, name, "has text for elements", "expected bytes");
        }
        return bytes;
    }

    public string Text(PickleReader reader) => System.Text.Encoding.Latin1.GetString(Decode(reader.Source, reader.Entry));
}

/// <summary>A <c>numpy.dtype</c>.</summary>
/// <param name="code">NumPy's code, such as <c>f4</c>.</param>
internal sealed class PickleType(string code)
{
    public string Code => code;

    public bool IsBigEndian { get; set; }

    /// <summary>The type of the elements; null if they are no real numbers.</summary>
    public ElementType? Elements => code.TrimStart('<', '=', '|') switch
    {
        "f4" => ElementType.Float32,
        "f8" => ElementType.Float64,
        "f2" => ElementType.Float16,
        "i8" => ElementType.Int64,
        "i4" => ElementType.Int32,
        "i2" => ElementType.Int16,
        "i1" => ElementType.Int8,
        "u1" => ElementType.UInt8,
        "b1" => ElementType.Bool,
        _ => null,
    };
}
