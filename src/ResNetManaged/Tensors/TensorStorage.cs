namespace ResNetManaged.Tensors;

/// <summary>The memory of a tensor and its reshaped views: one array, present from the start or read on first use.</summary>
internal sealed class TensorStorage
{
    private readonly int _length;
    private readonly Lock? _reading;
    private float[]? _data;
    private Action<Span<float>>? _read; // null once the array is present, so that it no longer keeps a file open

    /// <summary>Creates storage over an existing array.</summary>
    public TensorStorage(float[] data) => _data = data;

    /// <summary>Creates storage that is allocated and filled on first use.</summary>
    /// <param name="length">The number of elements.</param>
    /// <param name="read">Fills the span with the elements; must return the same ones every time, on any thread.</param>
    public TensorStorage(int length, Action<Span<float>> read)
    {
        _length = length;
        _read = read;
        _reading = new Lock();
    }

    /// <summary>How often the array was handed out for writing. Writers synchronize anyway, so counting needs no atomics.</summary>
    public long Version { get; private set; }

    /// <summary>The array, for reading only.</summary>
    public float[] Data => Volatile.Read(ref _data) ?? Read();

    /// <summary>The array, for writing.</summary>
    public float[] DataForWriting()
    {
        Version++;
        return Data;
    }

    /// <summary>
    /// This storage if its array is present; otherwise <paramref name="scratch"/>, filled with the elements, so that this storage stays unallocated.
    /// </summary>
    /// <param name="scratch">An array to read into; replaced if it is too short.</param>
    public TensorStorage Borrow(ref float[] scratch)
    {
        Action<Span<float>>? read = Volatile.Read(ref _read); // read before _data: _read is cleared only after _data is set
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
