using System.Numerics.Tensors;

namespace ResNetManaged.Tensors;

/// <summary>A dense array of float32 in row-major order with a shape of any rank; images are <c>[N, C, H, W]</c>.</summary>
/// <remarks>
/// One managed array, no strides, nothing to dispose. The elements can be changed, the shape cannot. Reading from many threads is safe;
/// writing needs the caller's own synchronization. A tensor out of a checkpoint file takes its memory when its elements are first used:
/// see <c>Checkpoint.Load</c>.
/// </remarks>
public sealed partial class Tensor
{
    private readonly TensorStorage _storage; // may be longer than the shape needs, where a buffer is reused

    private Tensor(TensorStorage storage, Shape shape)
    {
        _storage = storage;
        Shape = shape;
    }

    private Tensor(float[] data, Shape shape) : this(new TensorStorage(data), shape) { }

    /// <summary>The size of each dimension, outermost first.</summary>
    public Shape Shape { get; }

    /// <summary>The number of dimensions.</summary>
    public int Rank => Shape.Rank;

    /// <summary>The number of elements.</summary>
    public int ElementCount => Shape.ElementCount;

    /// <summary>All elements in row-major order, writable; the tensor's own memory.</summary>
    public Span<float> Span => _storage.DataForWriting().AsSpan(0, ElementCount);

    /// <summary>All elements in row-major order; the tensor's own memory.</summary>
    public ReadOnlySpan<float> ReadOnlySpan => _storage.Data.AsSpan(0, ElementCount);

    /// <summary>The array behind the elements, at least <see cref="ElementCount"/> long, to be read only.</summary>
    internal float[] Buffer => _storage.Data;

    /// <summary>The array behind the elements, at least <see cref="ElementCount"/> long, to be written: counts as one change.</summary>
    internal float[] BufferForWriting => _storage.DataForWriting();

    /// <summary>How often the elements were handed out for writing, through this tensor or another over the same memory.</summary>
    internal long Version => _storage.Version;

    /// <summary>The element at one index per dimension: <c>tensor[n, c, h, w]</c>.</summary>
    /// <param name="indices">One index per dimension, each from 0 up to the dimension's size.</param>
    /// <exception cref="ArgumentException">There are fewer or more indices than dimensions.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is negative or not below its dimension's size.</exception>
    public float this[params ReadOnlySpan<int> indices]
    {
        get => _storage.Data[Offset(indices)];
        set => _storage.DataForWriting()[Offset(indices)] = value;
    }

    /// <summary>The only element of a tensor with one element.</summary>
    /// <returns>The element.</returns>
    /// <exception cref="InvalidOperationException">There is not exactly one element.</exception>
    public float ToScalar() => ElementCount == 1
        ? _storage.Data[0]
        : throw new InvalidOperationException($"ToScalar() needs a tensor with one element; this one has shape {Shape}.");

    /// <summary>The same elements under another shape; the memory is shared.</summary>
    /// <param name="shape">A shape with the same number of elements.</param>
    /// <returns>A tensor over the same memory.</returns>
    /// <exception cref="ShapeMismatchException">The number of elements differs.</exception>
    public Tensor Reshape(Shape shape) => shape.ElementCount == ElementCount
        ? new Tensor(_storage, shape)
        : throw new ShapeMismatchException(
            $"Reshape: {Shape} has {ElementCount} elements, {shape} has {shape.ElementCount}.");

    /// <summary>A copy with memory of its own.</summary>
    /// <returns>The copy.</returns>
    public Tensor Clone() => FromSpan(ReadOnlySpan, Shape);

    /// <summary>For reading the elements once, as packing does: those still in a file are read into other memory than its own.</summary>
    /// <param name="scratch">Memory for them, used for one tensor after the other; replaced by a longer array where it is too short.</param>
    /// <returns>This tensor where its elements are in memory; otherwise one over <paramref name="scratch"/>. It is not to be written to.</returns>
    internal Tensor Borrow(ref float[] scratch)
    {
        TensorStorage storage = _storage.Borrow(ref scratch);
        return storage == _storage ? this : new Tensor(storage, Shape);
    }

    /// <summary>Item <paramref name="index"/> of the outermost dimension, as a copy: one image of a batch.</summary>
    /// <param name="index">From 0 up to the size of dimension 0.</param>
    /// <returns>A tensor of shape <c>Shape[1..]</c>.</returns>
    /// <exception cref="InvalidOperationException">The tensor is a scalar.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such item.</exception>
    public Tensor Slice(int index)
    {
        if (Rank == 0) throw new InvalidOperationException("Slice: a scalar has no dimension to slice.");
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Shape[0]);
        Shape item = Shape.Create(Shape.Dimensions[1..]);
        return FromSpan(ReadOnlySpan.Slice(index * item.ElementCount, item.ElementCount), item);
    }

    /// <summary>The elements as System.Numerics.Tensors sees them, writable; the memory is shared.</summary>
    /// <returns>A span with this tensor's shape; of shape [1] for a scalar.</returns>
    public TensorSpan<float> AsTensorSpan() => new(Span, NativeLengths());

    /// <summary>The elements as System.Numerics.Tensors sees them; the memory is shared.</summary>
    /// <returns>A read-only span with this tensor's shape; of shape [1] for a scalar.</returns>
    public ReadOnlyTensorSpan<float> AsReadOnlyTensorSpan() => new(ReadOnlySpan, NativeLengths());

    /// <summary>True when the shapes are equal and every pair of elements satisfies |a - b| &lt;= absolute + relative * |b|.</summary>
    /// <remarks>The definition of <c>torch.allclose</c>. Equal infinities are close, NaN is close to nothing.</remarks>
    /// <param name="other">The tensor to compare with; the b of the formula.</param>
    /// <param name="relative">Relative tolerance.</param>
    /// <param name="absolute">Absolute tolerance.</param>
    /// <returns>Whether the tensors agree.</returns>
    public bool AllClose(Tensor other, double relative = 1e-5, double absolute = 1e-8)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Shape != other.Shape) return false;
        ReadOnlySpan<float> a = ReadOnlySpan, b = other.ReadOnlySpan;
        for (int i = 0; i < a.Length; i++)
        {
            if (a[i] == b[i]) continue;
            double difference = Math.Abs((double)a[i] - b[i]);
            if (!(difference <= absolute + relative * Math.Abs((double)b[i])) || !double.IsFinite(difference)) return false;
        }
        return true;
    }

    /// <summary>The largest |a - b| over all elements; NaN where either holds one.</summary>
    /// <param name="other">A tensor of the same shape.</param>
    /// <returns>The largest absolute difference, 0 for empty tensors.</returns>
    /// <exception cref="ShapeMismatchException">The shapes differ.</exception>
    public double MaxAbsoluteDifference(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Shape != other.Shape)
            throw new ShapeMismatchException($"MaxAbsoluteDifference: shapes {Shape} and {other.Shape} differ.");
        double largest = 0;
        ReadOnlySpan<float> a = ReadOnlySpan, b = other.ReadOnlySpan;
        for (int i = 0; i < a.Length; i++)
        {
            if (a[i] != b[i]) largest = Math.Max(largest, Math.Abs((double)a[i] - b[i])); // Math.Max keeps NaN
        }
        return largest;
    }

    /// <summary>The elements as PyTorch prints them, more than 1000 of them summarized: <c>tensor([0.5000, 1.2500])</c>.</summary>
    public override string ToString() => TensorFormatter.Format(this);

    private int Offset(ReadOnlySpan<int> indices)
    {
        if (indices.Length != Rank)
            throw new ArgumentException($"A tensor of shape {Shape} takes {Rank} indices, not {indices.Length}.", nameof(indices));
        int offset = 0;
        for (int i = 0; i < indices.Length; i++)
        {
            if ((uint)indices[i] >= (uint)Shape[i])
                throw new ArgumentOutOfRangeException(nameof(indices), $"Index {indices[i]} of dimension {i} is outside shape {Shape}.");
            offset = offset * Shape[i] + indices[i];
        }
        return offset;
    }

    /// <summary>A scalar counts as one dimension of 1: a TensorSpan without dimensions holds nothing.</summary>
    private nint[] NativeLengths() => Rank == 0 ? [1] : Array.ConvertAll(Shape.Dimensions.ToArray(), size => (nint)size);
}
