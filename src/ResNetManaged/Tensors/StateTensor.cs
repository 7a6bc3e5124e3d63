namespace ResNetManaged.Tensors;

/// <summary>A tensor in a module's state, such as a running mean. Its shape is known from the start; its elements are created on first use.</summary>
/// <remarks>A network that is only printed, or that loads a checkpoint, therefore never pays for random weights. Concurrent reads are safe.</remarks>
public class StateTensor
{
    private Content _content;

    /// <summary>Creates the state without its elements.</summary>
    /// <param name="shape">The shape; it never changes.</param>
    /// <param name="create">Creates the initial elements on first use.</param>
    public StateTensor(Shape shape, Func<Shape, Tensor> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        Shape = shape;
        _content = new Content(null, () => create(shape), version: 0);
    }

    /// <summary>The shape; it never changes.</summary>
    public Shape Shape { get; }

    /// <summary>The elements. Setting replaces the tensor itself, without a copy.</summary>
    /// <exception cref="ShapeMismatchException">The new tensor, or the one created on first use, has a different shape.</exception>
    public Tensor Value
    {
        get => Volatile.Read(ref _content).Tensor ?? Create();
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Shape != Shape)
                throw new ShapeMismatchException($"{GetType().Name}: the new tensor has shape {value.Shape}; expected {Shape}.");
            Volatile.Write(ref _content, new Content(value, null, Version + 1));
        }
    }

    /// <summary>Grows whenever the elements may have changed: when they are replaced, redrawn, or handed out for writing.</summary>
    /// <remarks>
    /// Reading the version creates no elements, and creating them on first use does not count as a change. Later writes through a kept span, or
    /// through the array given to <see cref="Tensor.FromArray"/>, go unnoticed.
    /// </remarks>
    internal long Version => Volatile.Read(ref _content).Version;

    /// <summary>The elements for a single read, as in <see cref="Tensor.Borrow"/>. Initial elements are created and kept.</summary>
    internal Tensor Borrow(ref float[] scratch) => Value.Borrow(ref scratch);

    /// <summary>Drops the elements; the next use creates new ones.</summary>
    private protected void CreateLater(Func<Tensor> create) => Volatile.Write(ref _content, new Content(null, create, Version + 1));

    private Tensor Create()
    {
        Content before = Volatile.Read(ref _content);
        if (before.Tensor is not null) return before.Tensor;
        Tensor? created = before.Create!();
        if (created?.Shape != Shape)
        {
            string made = created is null ? "null" : $"a tensor of shape {created.Shape}";
            throw new ShapeMismatchException($"{GetType().Name}: the initializer returned {made}; expected shape {Shape}.");
        }
        Content after = new(created, null, before.Version);
        return Interlocked.CompareExchange(ref _content, after, before) == before ? created : Value; // the first of several threads wins
    }

    /// <summary>The tensor, or how to create it; replaced as a unit, so that threads see a consistent pair with its version.</summary>
    private sealed class Content(Tensor? tensor, Func<Tensor>? create, long version)
    {
        private readonly long _writesBefore = tensor?.Version ?? 0;

        public Tensor? Tensor => tensor;

        public Func<Tensor>? Create => create;

        public long Version => version + ((tensor?.Version ?? 0) - _writesBefore);
    }
}
