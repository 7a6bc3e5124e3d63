using System.Diagnostics;
using System.Threading.RateLimiting;

namespace ResNetManaged.Serving.Batching;

/// <summary>Dedicated threads that decode pictures and compute them in batches, first come, first served.</summary>
/// <remarks>
/// One thread per processor decodes, at least two, so that a large picture does not block small ones; this also bounds the number of decoded pictures in
/// memory. One thread computes, on all processors. They are not thread pool threads, which stay free for connections. A batch is whatever is waiting
/// when the computing thread becomes free. The thread waits up to <see cref="ResNetServiceOptions.BatchDelay"/> for more, but only for pictures that
/// are being decoded.
/// </remarks>
internal sealed class Pipeline : IDisposable
{
    private readonly object _lock = new(); // a Monitor, for its pulses
    private readonly LinkedList<Job> _toDecode = [], _toCompute = [];
    private readonly List<Thread> _threads = [];
    private readonly ResNetServiceOptions _options;
    private readonly Action<Lane, int> _onBatch;
    private readonly ConcurrencyLimiter _places;
    private int _decoding;
    private bool _disposed;

    /// <param name="options">The limits.</param>
    /// <param name="onBatch">Called with each batch's lane and size before it is computed.</param>
    public Pipeline(ResNetServiceOptions options, Action<Lane, int> onBatch)
    {
        _options = options;
        _onBatch = onBatch;
        _places = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = options.QueueLimit, QueueLimit = 0 });
        for (int i = 0; i < Math.Max(2, Environment.ProcessorCount); i++) StartThread(DecodeAll, "resnet decode");
        StartThread(ComputeAll, "resnet compute");
    }

    /// <summary>The number of jobs waiting for a thread.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock) return _toDecode.Count + _toCompute.Count;
        }
    }

    /// <summary>The number of jobs waiting to be computed.</summary>
    public int Decoded
    {
        get
        {
            lock (_lock) return _toCompute.Count;
        }
    }

    /// <summary>Whether disposal has begun; the threads may still be working.</summary>
    public bool IsDisposed
    {
        get
        {
            lock (_lock) return _disposed;
        }
    }

    /// <summary>The number of requests admitted and not yet answered.</summary>
    public int Admitted => _options.QueueLimit - (int)_places.GetStatistics()!.CurrentAvailablePermits;

    /// <summary>Takes one of <see cref="ResNetServiceOptions.QueueLimit"/> places; disposing the lease returns it.</summary>
    /// <returns>A lease that says whether there was a place.</returns>
    public RateLimitLease Enter() => _places.AttemptAcquire();

    /// <summary>Appends a job to the queue.</summary>
    public void Start(Job job)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            job.Node = _toDecode.AddLast(job);
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Removes a job from the queue it waits in; one that is being decoded or computed is dropped afterward.</summary>
    public void Abandon(Job job)
    {
        lock (_lock)
        {
            job.IsAbandoned = true;
            if (job.Node is not LinkedListNode<Job> node) return;
            bool wasDecoded = node.List == _toCompute;
            Unlink(node);
            if (!wasDecoded) job.DisposeBody();
        }
    }

    /// <summary>Ends the threads once they finish their current work, and fails all waiting jobs.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            Monitor.PulseAll(_lock);
        }
        foreach (Thread thread in _threads) thread.Join();
        Job[] undecoded, waiting;
        lock (_lock) // a caller may abandon its job meanwhile
        {
            undecoded = [.. _toDecode];
            waiting = [.. _toDecode, .. _toCompute];
            foreach (Job job in waiting) Unlink(job.Node!);
        }
        foreach (Job job in undecoded) job.DisposeBody();
        foreach (Job job in waiting) job.Fail(new OperationCanceledException("The service was disposed."));
        _places.Dispose();
    }

    private void StartThread(ThreadStart work, string name)
    {
        Thread thread = new(work) { IsBackground = true, Name = name };
        thread.Start();
        _threads.Add(thread);
    }

    private void DecodeAll()
    {
        while (NextToDecode() is Job job)
        {
            bool decoded = job.Decode(_options.Images);
            lock (_lock)
            {
                _decoding--;
                if (decoded && !job.IsAbandoned) job.Node = _toCompute.AddLast(job);
                Monitor.PulseAll(_lock);
            }
        }
    }

    private Job? NextToDecode()
    {
        lock (_lock)
        {
            while (_toDecode.Count == 0 && !_disposed) Monitor.Wait(_lock);
            if (_disposed) return null;
            _decoding++;
            return Unlink(_toDecode.First!);
        }
    }

    private void ComputeAll()
    {
        List<Job> batch = [];
        while (NextBatch(batch))
        {
            _onBatch(batch[0].Lane, batch.Count);
            batch[0].Lane.Run(batch);
            batch.Clear();
        }
    }

    /// <summary>Takes the job that has waited longest and then, in order, the jobs of its lane that are decoded or will be soon.</summary>
    private bool NextBatch(List<Job> batch)
    {
        lock (_lock)
        {
            while (_toCompute.Count == 0 && !_disposed) Monitor.Wait(_lock);
            long start = Stopwatch.GetTimestamp();
            while (!_disposed && _toCompute.First is { } first && MayGrow(first.Value.Lane))
            {
                TimeSpan rest = _options.BatchDelay - Stopwatch.GetElapsedTime(start);
                if (rest <= TimeSpan.Zero || !Monitor.Wait(_lock, rest)) break;
            }
            if (_disposed) return false;
            if (_toCompute.First is not { } head) return NextBatch(batch); // all jobs were abandoned meanwhile
            Lane lane = head.Value.Lane;
            for (LinkedListNode<Job>? node = head, next; node is not null && batch.Count < lane.MaxBatch; node = next)
            {
                next = node.Next;
                if (node.Value.Lane == lane) batch.Add(Unlink(node));
            }
            return true;
        }
    }

    private bool MayGrow(Lane lane) => _decoding + _toDecode.Count > 0 && _toCompute.Count(job => job.Lane == lane) < lane.MaxBatch;

    private static Job Unlink(LinkedListNode<Job> node)
    {
        node.List!.Remove(node);
        node.Value.Node = null;
        return node.Value;
    }
}
