using System.Runtime.ExceptionServices;
using ResNetManaged.Tensors;

namespace ResNetManaged.Serialization;

/// <summary>Reads tensors from a source directly into their memory.</summary>
/// <remarks>
/// Claims are checked at once. Row-major elements, nearly all of them, are read on first use if the source can be kept open. The memory of other
/// tensors is allocated at once and filled by <see cref="Complete"/> on several threads, because most of the time goes into page faults.
/// </remarks>
internal sealed class TensorReader(ByteSource source)
{
    private const int MinReadLater = 1 << 14; // elements; many small reads would cost more than the memory they save

    // int8 grows fourfold in float32, and a strided view is read with its gaps; a file that needs more claims more memory than its data accounts for.
    private const int MaxGrowth = 16;
    private const long Allowance = 1 << 20; // for tiny files

    private readonly List<Action> _pending = [];
    private long _budget = MaxGrowth * source.Length + Allowance;

    /// <summary>Fills the tensors that <see cref="Read(string, ElementType, long, Shape, float[])"/> returned; none may be used before.</summary>
    /// <exception cref="CheckpointException">The source was truncated meanwhile.</exception>
    public void Complete()
    {
        try
        {
            Parallel.For(0, _pending.Count, i => _pending[i]());
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
    }

    /// <summary>Reads row-major elements, on first use or when <see cref="Complete"/> is called.</summary>
    /// <param name="name">The tensor's name, for messages.</param>
    /// <param name="type">How the elements are stored.</param>
    /// <param name="position">The position of the first byte.</param>
    /// <param name="shape">The tensor's shape.</param>
    /// <param name="scales">Factors of the elements, one for each index of the first dimension; null for none.</param>
    public Tensor Read(string name, ElementType type, long position, Shape shape, float[]? scales = null)
    {
        source.CheckRange(position, (long)shape.ElementCount * type.Size(), name);
        Spend(name, shape.ElementCount);
        StoredElements elements = new(source, name, type, position) { Scales = scales };
        if (shape.ElementCount >= MinReadLater && source.KeepOpen()) return Tensor.ReadLater(shape, elements.Read);

        Tensor tensor = Tensor.Uninitialized(shape);
        _pending.Add(() => elements.Read(tensor.Span));
        return tensor;
    }

    /// <summary>Converts row-major or column-major elements that are not in the source as they are.</summary>
    /// <param name="name">The tensor's name, for messages.</param>
    /// <param name="type">How the elements are stored.</param>
    /// <param name="shape">The tensor's shape.</param>
    /// <param name="elements">Makes the elements, after their memory has been counted.</param>
    /// <param name="columnMajor">Whether the first dimension changes fastest.</param>
    public Tensor Read(string name, ElementType type, Shape shape, Func<byte[]> elements, bool columnMajor)
    {
        Spend(name, shape.ElementCount);
        using MemoryStream stream = new(elements());
        Tensor tensor = Tensor.Uninitialized(shape);
        new StoredElements(new SeekableSource(stream, source.Name), name, type, 0).Read(tensor.Span);
        if (!columnMajor) return tensor;
        long[] strides = new long[shape.Rank];
        for (int i = 0, stride = 1; i < strides.Length; stride *= shape[i++]) strides[i] = stride;
        Tensor ordered = Tensor.Uninitialized(shape);
        StridedCopy.Gather(tensor.ReadOnlySpan, strides, shape, ordered.Span);
        return ordered;
    }

    /// <summary>Reads a view of a storage.</summary>
    /// <param name="name">The tensor's name, for messages.</param>
    /// <param name="view">The view; it lies inside its storage.</param>
    /// <param name="storagePosition">The position of the storage's first byte.</param>
    public Tensor Read(string name, TensorView view, long storagePosition)
    {
        ElementType type = view.Storage.Type;
        long position = view.Shape.ElementCount == 0 ? storagePosition : storagePosition + view.Offset * type.Size();
        bool isPlain = view.Shape.ElementCount == 0 || !view.IsNegated && StridedCopy.IsRowMajor(view.Strides, view.Shape);
        if (isPlain) return Read(name, type, position, view.Shape);

        source.CheckRange(position, view.Extent * type.Size(), name);
        Spend(name, view.Shape.ElementCount + view.Extent);
        if (view.Extent > Array.MaxLength)
            throw new CheckpointException(source.Name, name, $"spans {view.Extent} elements", $"expected at most {Array.MaxLength}");
        float[] spread = GC.AllocateUninitializedArray<float>((int)view.Extent);
        new StoredElements(source, name, type, position).Read(spread);
        Tensor tensor = Tensor.Uninitialized(view.Shape);
        StridedCopy.Gather(spread, view.Strides, view.Shape, tensor.Span);
        if (view.IsNegated) System.Numerics.Tensors.TensorPrimitives.Negate(tensor.ReadOnlySpan, tensor.Span);
        return tensor;
    }

    /// <summary>Bounds the memory: tensors may share a storage, and a broadcast view exceeds its storage, so a small file could claim any amount.</summary>
    private void Spend(string name, long elements)
    {
        _budget -= elements * sizeof(float);
        if (_budget < 0)
        {
            throw new CheckpointException(source.Name, name, $"brings the tensors to more than {MaxGrowth} times the file's {source.Length} bytes",
                "expected about the file's length");
        }
    }
}
