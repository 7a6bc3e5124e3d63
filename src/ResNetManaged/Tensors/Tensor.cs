using System.Numerics.Tensors;

namespace ResNetManaged.Tensors;

/// <summary>A dense row-major array of float32 with a shape of any rank; images are <c>[N, C, H, W]</c>.</summary>
/// <remarks>
/// A tensor is one managed array without strides; nothing needs to be disposed. The elements are mutable, the shape is not. Concurrent reads are
/// safe; callers synchronize writes. A tensor from a checkpoint file allocates its memory when its elements are first used: see
/// <c>Checkpoint.Load</c>.
/// </remarks>
public sealed partial class Tensor
{
    private readonly TensorStorage _storage; // may be longer than the shape needs if a buffer is reused

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

    /// <summary>All elements in row-major order; a writable view of the tensor's memory.</summary>
    public Span<float> Span => _storage.DataForWriting().AsSpan(0, ElementCount);

    /// <summary>All elements in row-major order; a view of the tensor's memory.</summary>
    public ReadOnlySpan<float> ReadOnlySpan => _storage.Data.AsSpan(0, ElementCount);

    /// <summary>The underlying array, at least <see cref="ElementCount"/> long, for reading only.</summary>
    internal float[] Buffer => _storage.Data;

    /// <summary>The underlying array, at least <see cref="ElementCount"/> long, for writing; counts as one change.</summary>
    internal float[] BufferForWriting => _storage.DataForWriting();

    /// <summary>How often the elements were handed out for writing, through this tensor or another that shares its memory.</summary>
    internal long Version => _storage.Version;

    /// <summary>The element at one index per dimension: <c>tensor[n, c, h, w]</c>.</summary>
    /// <param name="indices">One index per dimension, each from 0 to the dimension's size - 1.</param>
    /// <exception cref="ArgumentException">The number of indices differs from the rank.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public float this[params ReadOnlySpan<int> indices]
    {
        get => _storage.Data[Offset(indices)];
        set => _storage.DataForWriting()[Offset(indices)] = value;
    }

    /// <summary>Returns the element of a tensor that has exactly one.</summary>
    /// <returns>The element.</returns>
    /// <exception cref="InvalidOperationException">The tensor does not have exactly one element.</exception>
    public float ToScalar() => ElementCount == 1
        ? _storage.Data[0]
        : throw new InvalidOperationException($"ToScalar: the tensor has shape {Shape}; expected one element.");

    /// <summary>Returns the same elements with a different shape; the memory is shared.</summary>
    /// <param name="shape">A shape with the same number of elements.</param>
    /// <returns>A tensor over the same memory.</returns>
    /// <exception cref="ShapeMismatchException">The number of elements differs.</exception>
    public Tensor Reshape(Shape shape) => shape.ElementCount == ElementCount
        ? new Tensor(_storage, shape)
        : throw new ShapeMismatchException(
            $"Reshape: {Shape} has {ElementCount} elements; {shape} needs {shape.ElementCount}.");

    /// <summary>Returns a copy with its own memory.</summary>
    /// <returns>The copy.</returns>
    public Tensor Clone() => FromSpan(ReadOnlySpan, Shape);

    /// <summary>
    /// Gives access for a single read, such as packing, without allocating this tensor's memory if its elements are still in a file.
    /// </summary>
    /// <param name="scratch">The memory to read into, reusable for one tensor after another; replaced by a longer array if it is too short.</param>
    /// <returns>This tensor if its elements are in memory; otherwise one over <paramref name="scratch"/>. It must not be written to.</returns>
    internal Tensor Borrow(ref float[] scratch)
    {
        TensorStorage storage = _storage.Borrow(ref scratch);
        return storage == _storage ? this : new Tensor(storage, Shape);
    }

    /// <summary>Copies one item of the outermost dimension, such as one image of a batch.</summary>
    /// <param name="index">The item, from 0 to the size of dimension 0, minus 1.</param>
    /// <returns>A tensor of shape <c>Shape[1..]</c>.</returns>
    /// <exception cref="InvalidOperationException">The tensor is a scalar.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The index is out of range.</exception>
    public Tensor Slice(int index)
    {
        if (Rank == 0) throw new InvalidOperationException("Slice: a scalar has no dimension to slice.");
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Shape[0]);
        Shape item = Shape.Create(Shape.Dimensions[1..]);
        return FromSpan(ReadOnlySpan.Slice(index * item.ElementCount, item.ElementCount), item);
    }

    /// <summary>A writable view for System.Numerics.Tensors; the memory is shared.</summary>
    /// <returns>A span of this tensor's shape, or [1] for a scalar.</returns>
    public TensorSpan<float> AsTensorSpan() => new(Span, NativeLengths());

    /// <summary>A read-only view for System.Numerics.Tensors; the memory is shared.</summary>
    /// <returns>A span of this tensor's shape, or [1] for a scalar.</returns>
    public ReadOnlyTensorSpan<float> AsReadOnlyTensorSpan() => new(ReadOnlySpan, NativeLengths());

    /// <summary>
    /// True if the shapes are equal and every pair of elements satisfies |a - b| &lt;= absolute + relative * |b|, as in <c>torch.allclose</c>.
    /// </summary>
    /// <remarks>Equal infinities are close; NaN is close to nothing.</remarks>
    /// <param name="other">The tensor to compare with; the b of the formula.</param>
    /// <param name="relative">The relative tolerance.</param>
    /// <param name="absolute">The absolute tolerance.</param>
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

    /// <summary>The largest |a - b| over all elements; NaN if either tensor contains one.</summary>
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
            if (a[i] != b[i]) largest = Math.Max(largest, Math.Abs((double)a[i] - b[i])); // Math.Max propagates NaN
        }
        return largest;
    }

    /// <summary>The tensor as PyTorch prints it: <c>tensor([0.5000, 1.2500])</c>. More than 1000 elements are summarized.</summary>
    public override string ToString() => TensorFormatter.Format(this);

    private int Offset(ReadOnlySpan<int> indices)
    {
        if (indices.Length != Rank)
            throw new ArgumentException($"Tensor: got {indices.Length} indices for shape {Shape}; expected {Rank}.", nameof(indices));
        int offset = 0;
        for (int i = 0; i < indices.Length; i++)
        {
            if ((uint)indices[i] >= (uint)Shape[i])
                throw new ArgumentOutOfRangeException(nameof(indices), $"Tensor: index {indices[i]} is out of range in dimension {i} of shape {Shape}.");
            offset = offset * Shape[i] + indices[i];
        }
        return offset;
    }

    /// <summary>The dimensions for a TensorSpan; [1] for a scalar, because a TensorSpan without dimensions is empty.</summary>
    private nint[] NativeLengths() => Rank == 0 ? [1] : Array.ConvertAll(Shape.Dimensions.ToArray(), size => (nint)size);
}
