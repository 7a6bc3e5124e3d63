namespace ResNetManaged.Tensors;

/// <summary>A tensor that belongs to a module's state, such as a running mean: a shape now, elements when first needed.</summary>
/// <remarks>
/// Elements come into being on first use, so that a network that is only printed, or that receives a checkpoint, never pays for
/// random weights. Reading from many threads is safe.
/// </remarks>
public class StateTensor
{
    private Content _content;

    /// <summary>Creates the state without its elements.</summary>
    /// <param name="shape">The shape, for good.</param>
    /// <param name="create">Makes the initial elements, when they are first needed.</param>
    public StateTensor(Shape shape, Func<Shape, Tensor> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        Shape = shape;
        _content = new Content(null, () => create(shape), version: 0);
    }

    /// <summary>The shape; it never changes.</summary>
    public Shape Shape { get; }

    /// <summary>The elements. Setting replaces the tensor itself, without copying.</summary>
    /// <exception cref="ShapeMismatchException">The new tensor, or the one that was made now for the first use, has another shape.</exception>
    public Tensor Value
    {
        get => Volatile.Read(ref _content).Tensor ?? Create();
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Shape != Shape)
                throw new ShapeMismatchException($"{GetType().Name}: a tensor of shape {value.Shape} cannot replace one of shape {Shape}.");
            Volatile.Write(ref _content, new Content(value, null, Version + 1));
        }
    }

    /// <summary>Grows whenever the elements may have changed: replaced, drawn anew, or handed out for writing.</summary>
    /// <remarks>
    /// Asking makes and reads nothing, and elements that come into being for the first use are no change. Who keeps a writable span, or
    /// the array of <see cref="Tensor.FromArray"/>, and writes to it later is not noticed.
    /// </remarks>
    internal long Version => Volatile.Read(ref _content).Version;

    /// <summary>The elements for reading once: see <see cref="Tensor.Borrow"/>. Initial ones are made and kept.</summary>
    internal Tensor Borrow(ref float[] scratch) => Value.Borrow(ref scratch);

    /// <summary>Forgets the elements; the next use makes new ones.</summary>
    private protected void CreateLater(Func<Tensor> create) => Volatile.Write(ref _content, new Content(null, create, Version + 1));

    private Tensor Create()
    {
        Content before = Volatile.Read(ref _content);
        if (before.Tensor is not null) return before.Tensor;
        Tensor? created = before.Create!();
        if (created?.Shape != Shape)
        {
            string made = created is null ? "null" : $"a tensor of shape {created.Shape}";
            throw new ShapeMismatchException($"{GetType().Name}: its initializer made {made}; expected shape {Shape}.");
        }
        Content after = new(created, null, before.Version);
        return Interlocked.CompareExchange(ref _content, after, before) == before ? created : Value; // the first of several threads wins
    }

    /// <summary>The tensor, or how to make it: replaced as one, so that threads see both and the version together.</summary>
    private sealed class Content(Tensor? tensor, Func<Tensor>? create, long version)
    {
        private readonly long _writesBefore = tensor?.Version ?? 0;

        public Tensor? Tensor => tensor;

        public Func<Tensor>? Create => create;

        public long Version => version + ((tensor?.Version ?? 0) - _writesBefore);
    }
}
