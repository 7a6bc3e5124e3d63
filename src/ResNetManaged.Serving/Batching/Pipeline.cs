using System.Diagnostics;

namespace ResNetManaged.Serving.Batching;

/// <summary>Threads of its own that decode pictures and compute them in batches, first come, first served.</summary>
/// <remarks>
/// As many threads decode as there are processors, at least two, so that a large picture does not hold up the small ones, and no more pictures than
/// that are in memory decoded; one computes, on all processors. They are not the thread pool's, which stays free for connections. A batch is what waits
/// when the computing thread gets free; only while pictures that might join it are being decoded does it wait for them, and not for long.
/// </remarks>
internal sealed class Pipeline : IDisposable
{
    private readonly object _lock = new(); // a Monitor, for its pulses
    private readonly LinkedList<Job> _toDecode = [], _toCompute = [];
    private readonly List<Thread> _threads = [];
    private readonly ResNetServiceOptions _options;
    private readonly Action<Lane, int> _onBatch;
    private int _decoding;
    private int _admitted;
    private bool _disposed;

    /// <param name="options">The limits.</param>
    /// <param name="onBatch">Told of each batch's lane and size before it is computed.</param>
    public Pipeline(ResNetServiceOptions options, Action<Lane, int> onBatch)
    {
        _options = options;
        _onBatch = onBatch;
        for (int i = 0; i < Math.Max(2, Environment.ProcessorCount); i++) StartThread(DecodeAll, "resnet decode");
        StartThread(ComputeAll, "resnet compute");
    }

    /// <summary>Jobs that wait for a thread.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock) return _toDecode.Count + _toCompute.Count;
        }
    }

    /// <summary>Jobs that wait to be computed.</summary>
    public int Decoded
    {
        get
        {
            lock (_lock) return _toCompute.Count;
        }
    }

    /// <summary>Whether it has been disposed of, though its threads may still be at something.</summary>
    public bool IsDisposed
    {
        get
        {
            lock (_lock) return _disposed;
        }
    }

    /// <summary>Requests that were admitted and have not been answered.</summary>
    public int Admitted => Volatile.Read(ref _admitted);

    /// <summary>Takes one of the places; <see cref="Leave"/> gives it back.</summary>
    /// <returns>Whether there was one.</returns>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _admitted) <= _options.QueueLimit) return true;
        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _admitted);

    /// <summary>Puts a job at the end of the queue.</summary>
    public void Start(Job job)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            job.Node = _toDecode.AddLast(job);
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Takes a job out of the queue that it waits in; one that is being decoded or computed is dropped after that.</summary>
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

    /// <summary>Ends the threads once they have done what they are at, and all jobs that wait.</summary>
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
        lock (_lock) // who waits may give up meanwhile
        {
            undecoded = [.. _toDecode];
            waiting = [.. _toDecode, .. _toCompute];
            foreach (Job job in waiting) Unlink(job.Node!);
        }
        foreach (Job job in undecoded) job.DisposeBody();
        foreach (Job job in waiting) job.Fail(new OperationCanceledException("the service has ended"));
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

    /// <summary>Takes the job that has waited longest and, in order, those of its lane that have come by now or come soon.</summary>
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
            if (_toCompute.First is not { } head) return NextBatch(batch); // all were abandoned meanwhile
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
