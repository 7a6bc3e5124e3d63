using System.Diagnostics;

namespace ResNetManaged.Kernels.Threading;

/// <summary>
/// The process's worker threads, shared by all teams: together with the callers that compute now, they never exceed <see cref="Budget"/>.
/// </summary>
internal static class WorkerPool
{
    private static readonly Stack<Worker> Idle = new();
    private static readonly StallWatch Stalls = new(); // guarded by Idle
    private static int _computing; // callers and workers, guarded by Idle

    [ThreadStatic]
    private static bool _alone;

    /// <summary>Threads that compute at once in this process, callers included: the processors that it may use. Tests set it.</summary>
    public static int Budget { get; set; } = Environment.ProcessorCount;

    /// <summary>Whether callers run alone for a while after stalls. Tests clear it.</summary>
    public static bool AvoidsStalls { get; set; } = true;

    /// <summary>Registers a caller and hires idle or new workers, possibly none.</summary>
    /// <param name="team">Receives them.</param>
    /// <param name="wanted">The most to hire.</param>
    /// <param name="now">When the call begins.</param>
    public static void Hire(List<Worker> team, int wanted, long now)
    {
        lock (Idle)
        {
            _computing++;
            if (_alone || (AvoidsStalls && Stalls.PrefersAlone(now))) return;
            for (; wanted > 0 && _computing < Budget; wanted--, _computing++) team.Add(Idle.TryPop(out Worker? worker) ? worker : new Worker());
        }
    }

    /// <summary>Until the result is disposed, this thread's calls hire no workers, because other threads compute other images.</summary>
    public static Solitude Alone()
    {
        _alone = true;
        return default;
    }

    /// <summary>Takes the caller's workers back at the end of its call.</summary>
    /// <param name="team">The workers; empty afterwards.</param>
    /// <param name="barrier">The team's barrier.</param>
    /// <param name="start">When the call began.</param>
    public static void Dismiss(List<Worker> team, TeamBarrier barrier, long start)
    {
        lock (Idle)
        {
            if (team.Count > 0 && AvoidsStalls)
                Stalls.Note(barrier.SharesProcessor, barrier.LongestSleep, team.Count + 1, start, Stopwatch.GetTimestamp());
            _computing -= 1 + team.Count;
            foreach (Worker worker in team) Idle.Push(worker);
        }
        team.Clear();
    }

    /// <summary>Ends what <see cref="Alone"/> began.</summary>
    public readonly struct Solitude : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => _alone = false;
    }
}
