namespace ResNetManaged.Kernels.Memory;

/// <summary>A kernel's scratch memory: pinned, aligned to a cache line, rented from a pool.</summary>
internal sealed unsafe class AlignedBuffer : IDisposable
{
    /// <summary>The minimum length: nearly every buffer then serves every use, and untouched pages cost nothing.</summary>
    private const int MinimumLength = 1 << 17;

    private static readonly Stack<AlignedBuffer> Pool = new();

    private readonly PinnedArray _memory;

    private AlignedBuffer(int length) => _memory = new PinnedArray(length);

    /// <summary>The first float; the memory is uninitialized.</summary>
    public float* Pointer => _memory.Pointer;

    /// <summary>A buffer of at least <paramref name="length"/> floats; dispose of it to return it.</summary>
    public static AlignedBuffer Rent(int length)
    {
        AlignedBuffer? buffer;
        lock (Pool) Pool.TryPop(out buffer);
        // A pooled buffer that is too short is left to the garbage collector, so the pool adapts to the lengths in use.
        return buffer is not null && buffer._memory.Length >= length ? buffer : new AlignedBuffer(Math.Max(length, MinimumLength));
    }

    /// <summary>Returns the buffer; the caller must not touch its memory again.</summary>
    public void Dispose()
    {
        lock (Pool)
        {
            if (Pool.Count < 2 * Environment.ProcessorCount) Pool.Push(this);
        }
    }
}
