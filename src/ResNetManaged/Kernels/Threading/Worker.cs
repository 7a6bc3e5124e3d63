using System.Runtime.CompilerServices;

namespace ResNetManaged.Kernels.Threading;

/// <summary>A thread that waits for work, first spinning for a moment, then asleep.</summary>
internal sealed class Worker
{
    private const int SpinLimit = 1000; // about 33 ns each: calls in quick succession find it awake

    private readonly object _gate = new();
    private WorkerTeam? _team; // set last, taken first
    private ITeamWork? _work;
    private WorkShare _share;
    private bool _sleeping, _sharedProcessor;

    public Worker() => new Thread(Loop) { IsBackground = true, Name = "ResNetManaged worker" }.Start();

    /// <summary>Hands over one thread's part of a team's work; the worker must be idle.</summary>
    public void Start(WorkerTeam team, ITeamWork work, WorkShare share)
    {
        (_work, _share) = (work, share);
        Interlocked.Exchange(ref _team, team); // a full fence: whether it sleeps is read after it can see its team
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
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RunNext()
    {
        WorkerTeam team = Await();
        ITeamWork work = _work!;
        WorkShare share = _share;
        _work = null; // an idle worker must not keep a model alive
        Volatile.Write(ref _team, null);
        _sharedProcessor = team.RunPart(work, share);
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
