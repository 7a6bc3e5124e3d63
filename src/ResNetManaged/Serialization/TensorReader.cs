using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using ResNetManaged.Tensors;

namespace ResNetManaged.Serialization;

/// <summary>Reads tensors from a source straight into their own memory.</summary>
/// <remarks>
/// What is read is checked at once, and its memory is taken; row-major elements, nearly all there are, arrive with <see cref="Complete"/>,
/// on several threads: most of the time goes into pages that memory touched for the first time needs.
/// </remarks>
internal sealed class TensorReader(ByteSource source)
{
    private const int MaxStaged = 1 << 16; // elements converted at a time
    private const int MaxInPlace = 1 << 28; // elements in one read: a span of bytes ends at 2^31

    // int8 grows fourfold in float32, and a view with strides is read with its gaps; beyond that a file asks for memory it does not back.
    private const int MaxGrowth = 16;
    private const long Allowance = 1 << 20; // for tiny files

    private readonly List<Action> _pending = [];
    private long _budget = MaxGrowth * source.Length + Allowance;

    /// <summary>Fills the tensors that <see cref="Read(string, ElementType, long, Shape)"/> returned; none may be used before.</summary>
    /// <exception cref="CheckpointException">The source became shorter meanwhile.</exception>
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

    /// <summary>Reads row-major elements, when <see cref="Complete"/> is called.</summary>
    /// <param name="name">The tensor's name, for messages.</param>
    /// <param name="type">How the elements are stored.</param>
    /// <param name="position">The first byte.</param>
    /// <param name="shape">The tensor's shape.</param>
    public Tensor Read(string name, ElementType type, long position, Shape shape)
    {
        source.CheckRange(position, (long)shape.ElementCount * type.Size(), name);
        Spend(name, shape.ElementCount);
        Tensor tensor = Tensor.Uninitialized(shape);
        _pending.Add(() => ReadElements(name, type, position, tensor.Span));
        return tensor;
    }

    /// <summary>Reads a view into a storage.</summary>
    /// <param name="name">The tensor's name, for messages.</param>
    /// <param name="view">What to read; it lies inside its storage.</param>
    /// <param name="storagePosition">The first byte of the storage.</param>
    public Tensor Read(string name, TensorView view, long storagePosition)
    {
        ElementType type = view.Storage.Type;
        long position = view.Shape.ElementCount == 0 ? storagePosition : storagePosition + view.Offset * type.Size();
        if (view.Shape.ElementCount == 0 || StridedCopy.IsRowMajor(view.Strides, view.Shape)) return Read(name, type, position, view.Shape);

        source.CheckRange(position, view.Extent * type.Size(), name);
        Spend(name, view.Shape.ElementCount + view.Extent);
        if (view.Extent > Array.MaxLength)
            throw new CheckpointException(source.Name, name, $"spreads over {view.Extent} elements", $"at most {Array.MaxLength} are accepted");
        float[] spread = GC.AllocateUninitializedArray<float>((int)view.Extent);
        ReadElements(name, type, position, spread);
        Tensor tensor = Tensor.Uninitialized(view.Shape);
        StridedCopy.Gather(spread, view.Strides, view.Shape, tensor.Span);
        return tensor;
    }

    private void ReadElements(string name, ElementType type, long position, Span<float> destination)
    {
        bool inPlace = type == ElementType.Float32;
        int step = inPlace ? MaxInPlace : MaxStaged;
        byte[] staging = ArrayPool<byte>.Shared.Rent(inPlace ? 0 : Math.Min(step, destination.Length) * type.Size());
        try
        {
            for (int done = 0; done < destination.Length; done += step)
            {
                Span<float> chunk = destination.Slice(done, Math.Min(destination.Length - done, step));
                Span<byte> raw = inPlace ? MemoryMarshal.AsBytes(chunk) : staging.AsSpan(0, chunk.Length * type.Size());
                source.Read(position + (long)done * type.Size(), raw, name);
                type.SwapForFile(raw, bigEndian: false);
                if (!inPlace) type.ToSingle(raw, chunk);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(staging);
        }
    }

    /// <summary>Many tensors may look into one storage, and a broadcast one is larger than its storage; a bomb is made of such.</summary>
    private void Spend(string name, long elements)
    {
        _budget -= elements * sizeof(float);
        if (_budget < 0)
        {
            throw new CheckpointException(source.Name, name, $"brings the tensors to more than {MaxGrowth} times the file's {source.Length} bytes",
                "a checkpoint holds about as much as it is long");
        }
    }
}
