using System.Buffers;

namespace ResNetManaged.Serving.Batching;

/// <summary>A request's encoded picture in a pooled array that grows as data arrives, so an announced length alone takes no memory.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int FirstLength = 64 << 10; // one read of a fast client

    private readonly BodyMemory _memory;
    private byte[] _buffer = [];
    private int _length;

    private RequestBody(BodyMemory memory) => _memory = memory;

    public ReadOnlySpan<byte> Content => _buffer.AsSpan(0, _length);

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="source">The stream.</param>
    /// <param name="announced">The length the request announces; null if it announces none.</param>
    /// <param name="limit">The maximum number of bytes.</param>
    /// <param name="memory">The memory budget shared by all bodies.</param>
    /// <exception cref="BodyTooLargeException">The stream is longer than the limit.</exception>
    /// <exception cref="BodyMemoryException">All bodies together exceed their budget.</exception>
    public static async Task<RequestBody> ReadAsync(Stream source, long? announced, int limit, BodyMemory memory)
    {
        if (announced > limit) throw new BodyTooLargeException();
        RequestBody body = new(memory);
        try
        {
            while (body._length != announced)
            {
                if (body._length > limit) throw new BodyTooLargeException();
                if (body._length == body._buffer.Length) body.Grow(Math.Min(announced ?? limit + 1L, Math.Max(FirstLength, 2L * body._length)));
                int read = await source.ReadAsync(body._buffer.AsMemory(body._length)).ConfigureAwait(false);
                if (read == 0) break;
                body._length += read;
            }
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>Returns the array to the pool; the content is empty afterward.</summary>
    public void Dispose() => Replace([]);

    private void Grow(long length)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)length);
        if (!_memory.TryReserve(larger.Length))
        {
            ArrayPool<byte>.Shared.Return(larger);
            throw new BodyMemoryException();
        }
        int used = _length;
        Content.CopyTo(larger);
        Replace(larger);
        _length = used;
    }

    private void Replace(byte[] buffer)
    {
        byte[] old = _buffer;
        (_buffer, _length) = (buffer, 0);
        if (old.Length == 0) return;
        ArrayPool<byte>.Shared.Return(old);
        _memory.Release(old.Length);
    }
}

/// <summary>Counts the bytes of all request bodies in memory against a limit.</summary>
internal sealed class BodyMemory(long limit)
{
    private long _reserved;

    public long Reserved => Interlocked.Read(ref _reserved);

    public bool TryReserve(int bytes)
    {
        if (Interlocked.Add(ref _reserved, bytes) <= limit) return true;
        Release(bytes);
        return false;
    }

    public void Release(int bytes) => Interlocked.Add(ref _reserved, -bytes);
}

/// <summary>A request's body exceeds the limit.</summary>
internal sealed class BodyTooLargeException : Exception;

/// <summary>All request bodies together exceed their limit.</summary>
internal sealed class BodyMemoryException : Exception;
