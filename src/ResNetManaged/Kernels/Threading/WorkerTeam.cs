using System.Diagnostics;

namespace ResNetManaged.Kernels.Threading;

/// <summary>What the threads of a team compute together.</summary>
internal interface ITeamWork
{
    /// <summary>Computes one thread's part; the threads meet at the barrier as often as each other.</summary>
    void Run(WorkShare share, TeamBarrier barrier);
}

/// <summary>Runs a computation on several threads at once: one parallel region for a whole network.</summary>
/// <remarks>
/// The threads are the process's own few workers, shared by all teams: with the callers that compute at this moment they never exceed
/// <see cref="Budget"/>. A team gets as many workers as are idle, down to none; what is computed does not depend on it. Where another program keeps
/// a processor busy, a thread of the team waits for its turn and the others for it: callers then compute alone for a while.
/// </remarks>
internal sealed class WorkerTeam
{
    /// <summary>A second stall in a call that begins within this time is no accident: 20 ms.</summary>
    private static readonly long Suspicion = Stopwatch.Frequency / 50;

    private static readonly long LongestAlone = Stopwatch.Frequency; // a second

    /// <summary>For so many times a stall's length callers compute alone, so that looking whether the processor is free costs a sixteenth.</summary>
    private const int LengthsAlone = 16;

    private static readonly Stack<Worker> Idle = new();
    private static int _computing; // callers and workers, guarded by Idle
    private static long _aloneUntil, _suspiciousUntil; // timestamps, guarded by Idle

    private readonly List<Worker> _workers = [];
    private TeamBarrier _barrier = new(1);
    private Exception? _failure;
    private int _running; // workers between their start and their end

    /// <summary>Threads that compute at once in this process, callers included: the processors that it may use.</summary>
    public static int Budget { get; set; } = Environment.ProcessorCount;

    /// <summary>Whether callers compute alone for a while after stalls.</summary>
    public static bool AvoidsStalls { get; set; } = true;

    /// <summary>Runs the work on the caller's thread and on up to <paramref name="threads"/> - 1 workers.</summary>
    /// <remarks>The first exception of any thread surfaces, once no thread runs any more.</remarks>
    public void Run(int threads, ITeamWork work)
    {
        long start = Stopwatch.GetTimestamp();
        Hire(threads - 1, start);
        int size = _workers.Count + 1;
        _barrier.Reset(size);
        try
        {
            for (int i = 0; i < _workers.Count; i++) _workers[i].Start(this, work, new WorkShare(i + 1, size));
            work.Run(new WorkShare(0, size), _barrier);
            _barrier.WaitForEnd();
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
        finally
        {
            if (_failure is not null) AwaitWorkers();
            Dismiss(start);
        }
        if (_failure is not null) Rethrow();
    }

    private void Hire(int wanted, long now)
    {
        lock (Idle)
        {
            _computing++;
            if (AvoidsStalls && now < _aloneUntil) return;
            for (; wanted > 0 && _computing < Budget; wanted--, _computing++)
                _workers.Add(Idle.TryPop(out Worker? worker) ? worker : new Worker());
        }
    }

    private void Dismiss(long start)
    {
        lock (Idle)
        {
            if (_workers.Count > 0 && AvoidsStalls) NoteStall(start, Stopwatch.GetTimestamp());
            _computing -= 1 + _workers.Count;
            foreach (Worker worker in _workers) Idle.Push(worker);
        }
        _workers.Clear();
    }

    /// <summary>
    /// Looks whether one thread alone would have been as fast: two threads took turns on a processor, or one slept so long that what it computed itself, its
    /// even share, times the number of threads is no more than the call's length.
    /// </summary>
    private void NoteStall(long start, long now)
    {
        long length = now - start, size = _workers.Count + 1;
        bool share = size == 2 && _barrier.SharesProcessor, waited = _barrier.LongestSleep * size >= length * (size - 1);
        if (!share && !waited) return;
        if (start < _suspiciousUntil) _aloneUntil = now + Math.Min(LengthsAlone * length, LongestAlone);
        _suspiciousUntil = Math.Max(now, _aloneUntil) + Suspicion;
    }

    private void Fail(Exception exception)
    {
        if (exception is not BarrierBrokenException) Interlocked.CompareExchange(ref _failure, exception, null);
        _barrier.Break();
    }

    private void AwaitWorkers()
    {
        SpinWait spin = default;
        while (Volatile.Read(ref _running) > 0) spin.SpinOnce();
    }

    private void Rethrow()
    {
        Exception failure = _failure!;
        _failure = null;
        _barrier = new TeamBarrier(1); // nobody waits at the broken one any more, but it remembers
        System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>A thread that waits for work, spinning for a moment and then asleep.</summary>
    private sealed class Worker
    {
        private const int SpinLimit = 1000; // some 33 ns each: calls that follow each other closely find it awake

        private readonly object _gate = new();
        private WorkerTeam? _team; // set last, taken first
        private ITeamWork? _work;
        private WorkShare _share;
        private bool _sleeping, _sharedProcessor;

        public Worker() => new Thread(Loop) { IsBackground = true, Name = "ResNetManaged worker" }.Start();

        public void Start(WorkerTeam team, ITeamWork work, WorkShare share)
        {
            Interlocked.Increment(ref team._running);
            (_work, _share) = (work, share);
            Interlocked.Exchange(ref _team, team); // a full fence: whether it sleeps is asked after it can see its team
            if (Volatile.Read(ref _sleeping)) Wake();
        }

        private void Wake()
        {
            lock (_gate) Monitor.Pulse(_gate);
        }

        private void Loop()
        {
            while (true) RunNext();
        }

        // Not inlined: a reference left on the frame of a loop that sleeps would keep a model alive.
        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        private void RunNext()
        {
            WorkerTeam team = Await();
            ITeamWork work = _work!;
            WorkShare share = _share;
            _work = null; // what an idle worker refers to could not be collected
            Volatile.Write(ref _team, null);
            try
            {
                work.Run(share, team._barrier);
                team._barrier.WaitForEnd();
                _sharedProcessor = team._barrier.SharesProcessor;
            }
            catch (Exception exception)
            {
                team.Fail(exception);
            }
            finally
            {
                Interlocked.Decrement(ref team._running);
            }
        }

        private WorkerTeam Await()
        {
            for (int i = _sharedProcessor ? SpinLimit : 0; i < SpinLimit; i++)
            {
                if (Volatile.Read(ref _team) is { } team) return team;
                Thread.SpinWait(1);
            }
            lock (_gate)
            {
                Volatile.Write(ref _sleeping, true);
                Interlocked.MemoryBarrier();
                while (Volatile.Read(ref _team) is null) Monitor.Wait(_gate);
                _sleeping = false;
                return _team!;
            }
        }
    }
}
