namespace ResNetManaged.Tensors;

/// <summary>The memory behind a tensor and its reshaped views: one array, there from the start or read when it is first needed.</summary>
internal sealed class TensorStorage
{
    private readonly int _length;
    private readonly Lock? _reading;
    private float[]? _data;
    private Action<Span<float>>? _read; // null once the array is there, so that nothing keeps a file open any longer

    /// <summary>Memory that is there.</summary>
    public TensorStorage(float[] data) => _data = data;

    /// <summary>Memory that is taken when it is first needed.</summary>
    /// <param name="length">The number of elements.</param>
    /// <param name="read">Fills the span with them; the same ones each time, on any thread.</param>
    public TensorStorage(int length, Action<Span<float>> read)
    {
        _length = length;
        _read = read;
        _reading = new Lock();
    }

    /// <summary>How often the array was handed out for writing. Writers synchronize anyway, so counting needs no atomics.</summary>
    public long Version { get; private set; }

    /// <summary>The array, to be read only.</summary>
    public float[] Data => Volatile.Read(ref _data) ?? Read();

    /// <summary>The array, to be written.</summary>
    public float[] DataForWriting()
    {
        Version++;
        return Data;
    }

    /// <summary>This memory where it is there; otherwise <paramref name="scratch"/> with the elements, so that this one stays without.</summary>
    /// <param name="scratch">An array to read into; replaced where it is too short.</param>
    public TensorStorage Borrow(ref float[] scratch)
    {
        Action<Span<float>>? read = Volatile.Read(ref _read); // before the array: it goes only after that has come
        if (Volatile.Read(ref _data) is not null) return this;
        if (scratch.Length < _length) scratch = GC.AllocateUninitializedArray<float>(_length);
        read!(scratch.AsSpan(0, _length));
        return new TensorStorage(scratch);
    }

    private float[] Read()
    {
        lock (_reading!)
        {
            if (_data is null)
            {
                float[] data = GC.AllocateUninitializedArray<float>(_length);
                _read!(data);
                Volatile.Write(ref _data, data);
                Volatile.Write(ref _read, null);
            }
            return _data;
        }
    }
}
