namespace ResNetManaged.Kernels.Memory;

/// <summary>Scratch memory of a kernel: pinned, aligned to a cache line, lent from a pool and returned to it.</summary>
internal sealed unsafe class AlignedBuffer : IDisposable
{
    /// <summary>Buffers are at least this long, so that nearly every buffer serves every use; pages never touched cost nothing.</summary>
    private const int MinimumLength = 1 << 17;

    private static readonly Stack<AlignedBuffer> Pool = new();

    private readonly PinnedArray _memory;

    private AlignedBuffer(int length) => _memory = new PinnedArray(length);

    /// <summary>The first float. What the memory holds is anyone's guess.</summary>
    public float* Pointer => _memory.Pointer;

    /// <summary>A buffer of at least <paramref name="length"/> floats; dispose of it to give it back.</summary>
    public static AlignedBuffer Rent(int length)
    {
        AlignedBuffer? buffer;
        lock (Pool) Pool.TryPop(out buffer);
        // A pooled buffer that is too short is left to the collector: the pool drifts to the lengths in use.
        return buffer is not null && buffer._memory.Length >= length ? buffer : new AlignedBuffer(Math.Max(length, MinimumLength));
    }

    /// <summary>Gives the buffer back; the caller must not touch its memory again.</summary>
    public void Dispose()
    {
        lock (Pool)
        {
            if (Pool.Count < 2 * Environment.ProcessorCount) Pool.Push(this);
        }
    }
}
