using System.Diagnostics;

namespace ResNetManaged.Kernels.Threading;

/// <summary>Where the threads of a <see cref="WorkerTeam"/> wait for each other: a short spin, then sleep.</summary>
/// <remarks>
/// Spinning for about 30 microseconds bridges the imbalance of a layer's parts. If threads share a processor, spinning would starve the thread it
/// waits for; a thread then yields a few times instead, which also shows the scheduler that it could run elsewhere.
/// </remarks>
internal sealed class TeamBarrier
{
    /// <summary>The barrier of a single thread, which never waits.</summary>
    public static readonly TeamBarrier None = new(1);

    private const int SpinLimit = 1000; // about 33 ns each
    private const int YieldLimit = 4; // more would give another process its whole time slice each time

    private readonly object _gate = new();
    private int _threads;
    private int _arrived, _generation, _sleeping;
    private bool _broken;
    private int _lastThread, _lastProcessor; // of the last thread to arrive; a rough hint, hence not synchronized

    public TeamBarrier(int threads) => _threads = threads;

    /// <summary>Whether two threads were last seen on the same processor.</summary>
    public bool SharesProcessor { get; private set; }

    /// <summary>The longest sleep of a waiting thread, in ticks of <see cref="Stopwatch"/>; sleeps at the end do not count.</summary>
    public long LongestSleep { get; private set; }

    /// <summary>Prepares the barrier for another team; no thread may be waiting.</summary>
    public void Reset(int threads)
    {
        _threads = threads;
        _arrived = 0;
        _broken = false;
        _lastProcessor = -1; // of another team
        LongestSleep = 0;
    }

    /// <summary>Waits until all threads have arrived.</summary>
    /// <exception cref="BarrierBrokenException">Another thread failed and will never arrive.</exception>
    public void Wait() => Wait(isEnd: false);

    /// <summary>
    /// Waits until all threads are done. A thread that wakes up late records nothing: the barrier may belong to another team by then.
    /// </summary>
    /// <exception cref="BarrierBrokenException">Another thread failed and will never arrive.</exception>
    public void WaitForEnd() => Wait(isEnd: true);

    private void Wait(bool isEnd)
    {
        if (_threads == 1) return;
        NoteProcessor();
        int generation = Volatile.Read(ref _generation);
        if (Interlocked.Increment(ref _arrived) == _threads)
        {
            _arrived = 0;
            Interlocked.Increment(ref _generation); // a full fence: sleepers are counted after all threads can see it
            if (Volatile.Read(ref _sleeping) > 0) WakeAll();
        }
        else
        {
            WaitFor(generation, isEnd);
        }
        if (Volatile.Read(ref _broken)) throw new BarrierBrokenException();
    }

    /// <summary>Makes all waiting threads fail, now and later: this thread will not arrive.</summary>
    public void Break()
    {
        Volatile.Write(ref _broken, true);
        Interlocked.Increment(ref _generation);
        WakeAll();
    }

    private void NoteProcessor()
    {
        int thread = Environment.CurrentManagedThreadId, processor = Thread.GetCurrentProcessorId();
        if (_lastThread != thread) SharesProcessor = processor == _lastProcessor;
        (_lastThread, _lastProcessor) = (thread, processor);
    }

    private void WaitFor(int generation, bool isEnd)
    {
        for (int i = SharesProcessor ? SpinLimit - YieldLimit : 0; i < SpinLimit; i++)
        {
            if (Volatile.Read(ref _generation) != generation || Volatile.Read(ref _broken)) return;
            if (SharesProcessor) Thread.Yield();
            else Thread.SpinWait(1);
        }
        long asleep = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            Interlocked.Increment(ref _sleeping);
            while (Volatile.Read(ref _generation) == generation && !Volatile.Read(ref _broken)) Monitor.Wait(_gate);
            Interlocked.Decrement(ref _sleeping);
            if (!isEnd) LongestSleep = Math.Max(LongestSleep, Stopwatch.GetTimestamp() - asleep);
        }
    }

    private void WakeAll()
    {
        lock (_gate) Monitor.PulseAll(_gate);
    }
}

/// <summary>Another thread of the team failed; its exception is reported instead of this one.</summary>
internal sealed class BarrierBrokenException : Exception;
