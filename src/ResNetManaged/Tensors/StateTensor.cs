namespace ResNetManaged.Tensors;

/// <summary>A tensor that belongs to a module's state, such as a running mean: a shape now, elements when first needed.</summary>
/// <remarks>
/// Elements come into being on first use, so that a network that is only printed, or that receives a checkpoint, never pays for
/// random weights. Reading from many threads is safe.
/// </remarks>
public class StateTensor
{
    private Func<Tensor> _create;
    private Tensor? _value;

    /// <summary>Creates the state without its elements.</summary>
    /// <param name="shape">The shape, for good.</param>
    /// <param name="create">Makes the initial elements, when they are first needed.</param>
    public StateTensor(Shape shape, Func<Shape, Tensor> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        Shape = shape;
        _create = () => create(shape);
    }

    /// <summary>The shape; it never changes.</summary>
    public Shape Shape { get; }

    /// <summary>The elements. Setting replaces the tensor itself, without copying.</summary>
    /// <exception cref="ShapeMismatchException">The new tensor, or the one that was made now for the first use, has another shape.</exception>
    public Tensor Value
    {
        get => Volatile.Read(ref _value) ?? Create();
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Shape != Shape)
                throw new ShapeMismatchException($"{GetType().Name}: a tensor of shape {value.Shape} cannot replace one of shape {Shape}.");
            Volatile.Write(ref _value, value);
        }
    }

    /// <summary>Forgets the elements; the next use makes new ones.</summary>
    private protected void CreateLater(Func<Tensor> create)
    {
        _create = create;
        Volatile.Write(ref _value, null);
    }

    private Tensor Create()
    {
        Tensor? created = _create();
        if (created?.Shape != Shape)
        {
            string made = created is null ? "null" : $"a tensor of shape {created.Shape}";
            throw new ShapeMismatchException($"{GetType().Name}: its initializer made {made}; expected shape {Shape}.");
        }
        return Interlocked.CompareExchange(ref _value, created, null) ?? created; // the first of several threads wins
    }
}
