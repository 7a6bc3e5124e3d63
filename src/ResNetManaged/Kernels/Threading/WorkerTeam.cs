using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace ResNetManaged.Kernels.Threading;

/// <summary>Runs a computation on several threads at once: one parallel region for a whole network.</summary>
/// <remarks>
/// A team gets as many workers of <see cref="WorkerPool"/> as its budget allows, possibly none; results do not depend on their number. If another
/// program keeps a processor busy, one thread of the team waits for its turn and the others wait for it: callers then run alone for a while
/// (<see cref="StallWatch"/>).
/// </remarks>
internal sealed class WorkerTeam
{
    private readonly List<Worker> _workers = [];
    private TeamBarrier _barrier = new(1);
    private Exception? _failure;
    private int _running; // workers between their start and their end

    /// <summary>Runs the work on the caller's thread and on up to <paramref name="threads"/> - 1 workers.</summary>
    /// <remarks>The first exception of any thread surfaces once no thread is running.</remarks>
    public void Run(int threads, ITeamWork work)
    {
        long start = Stopwatch.GetTimestamp();
        WorkerPool.Hire(_workers, threads - 1, start);
        int size = _workers.Count + 1;
        _barrier.Reset(size);
        try
        {
            for (int i = 0; i < _workers.Count; i++)
            {
                Interlocked.Increment(ref _running);
                _workers[i].Start(this, work, new WorkShare(i + 1, size));
            }
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
            WorkerPool.Dismiss(_workers, _barrier, start);
        }
        if (_failure is not null) Rethrow();
    }

    /// <summary>Runs a worker's part on its thread.</summary>
    /// <returns>Whether the team's threads were last seen on the same processor.</returns>
    public bool RunPart(ITeamWork work, WorkShare share)
    {
        try
        {
            work.Run(share, _barrier);
            _barrier.WaitForEnd();
            return _barrier.SharesProcessor;
        }
        catch (Exception exception)
        {
            Fail(exception);
            return false;
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
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
        _barrier = new TeamBarrier(1); // no thread waits at the broken one any longer, but it stays broken
        ExceptionDispatchInfo.Throw(failure);
    }
}
