using ResNetManaged.Onnx.Constants;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Model;

/// <summary>A <c>TensorProto</c>: its claims, and where its elements are.</summary>
internal sealed class OnnxTensor
{
    public string Name { get; set; } = "";

    public OnnxType Type { get; set; }

    public List<long> Dimensions { get; } = [];

    /// <summary>The range of the raw elements in the file; null if they are in one of the lists, or in another file.</summary>
    public (long Offset, long Length)? Raw { get; set; }

    public List<float> Singles { get; } = [];

    /// <summary>Elements of the integer types up to 32 bits, and the bits of half precision.</summary>
    public List<long> Integers32 { get; } = [];

    public List<long> Integers64 { get; } = [];

    public List<double> Doubles { get; } = [];

    public List<string> Texts { get; } = [];

    /// <summary>Where the elements are if they are in another file: <c>location</c>, <c>offset</c>, <c>length</c>.</summary>
    public Dictionary<string, string> External { get; } = [];

    public bool IsExternal { get; set; }

    /// <summary>The constant that it stands for; float elements stay in the file until they are used.</summary>
    /// <param name="files">The file, and the others that hold its data.</param>
    public Constant ToConstant(TensorFiles files)
    {
        Shape shape = ShapeOf(files.File);
        if (IsExternal)
        {
            (ByteSource source, long offset) = files.Find(this, (long)shape.ElementCount * SizeOf(files.File));
            return FromRaw(files, source, offset, shape);
        }
        if (Raw is { } raw)
        {
            long expected = (long)shape.ElementCount * SizeOf(files.File);
            if (raw.Length != expected) throw Damaged(files.File, $"has {raw.Length} bytes", $"expected {expected} for {Type} {shape}");
            return FromRaw(files, files.Source, raw.Offset, shape);
        }
        return FromLists(files.File, shape);
    }

    private Constant FromRaw(TensorFiles files, ByteSource source, long offset, Shape shape)
    {
        if (Type.Stored() is { } stored && Type != OnnxType.Float64)
            return new Constant(Type, files.ReaderOf(source).Read(Name, stored, offset, shape));
        byte[] bytes = source.ReadBytes(offset, shape.ElementCount * Type.Size(), Name);
        return new Constant(Type, shape, RawNumbers.Decode(Type, bytes));
    }

    private Constant FromLists(string file, Shape shape)
    {
        if (Type == OnnxType.Text) return new Constant(shape, [.. Texts]);
        double[] numbers = Type switch
        {
            OnnxType.Float32 => [.. Singles],
            OnnxType.Float64 => [.. Doubles],
            OnnxType.Int64 or OnnxType.UInt32 or OnnxType.UInt64 => [.. Integers64],
            OnnxType.Float16 => [.. Integers32.Select(bits => (double)BitConverter.UInt16BitsToHalf((ushort)bits))],
            OnnxType.BFloat16 => [.. Integers32.Select(bits => (double)BitConverter.Int32BitsToSingle((int)bits << 16))],
            _ => [.. Integers32],
        };
        return numbers.Length == shape.ElementCount
            ? new Constant(Type, shape, numbers)
            : throw Damaged(file, $"has {numbers.Length} elements", $"expected {shape.ElementCount} for {Type} {shape}");
    }

    private Shape ShapeOf(string file)
    {
        int[] sizes = new int[Dimensions.Count];
        for (int i = 0; i < sizes.Length; i++)
        {
            if (Dimensions[i] is < 0 or > int.MaxValue) throw Damaged(file, $"has size {Dimensions[i]} in dimension {i}", $"expected 0 to {int.MaxValue}");
            sizes[i] = (int)Dimensions[i];
        }
        return Shape.CountElements(sizes) is null
            ? throw Damaged(file, $"has shape [{string.Join(", ", sizes)}]", $"expected at most {Array.MaxLength} elements")
            : Shape.Create(sizes);
    }

    private int SizeOf(string file) => Type.Size() is > 0 and int size ? size
        : throw Damaged(file, $"has elements of type {(int)Type} as raw data", "expected numbers of a supported type");

    private CheckpointException Damaged(string file, string found, string expected) => OnnxErrors.Damaged(file, Name, found, expected);
}
