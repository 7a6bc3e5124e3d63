using System.Diagnostics;

namespace ResNetManaged.Kernels.Threading;

/// <summary>Detects that another program keeps a processor busy, so that a team takes longer than its caller would alone.</summary>
/// <remarks>A single stall may be an accident; after a second one that soon follows, callers run alone for a while. Not thread-safe.</remarks>
internal sealed class StallWatch
{
    /// <summary>A second stall in a call that begins within this time is no accident: 20 ms.</summary>
    private static readonly long Suspicion = Stopwatch.Frequency / 50;

    private static readonly long LongestAlone = Stopwatch.Frequency; // a second

    /// <summary>
    /// After a stall, callers run alone for this many times its length, so probing whether the processor is free costs at most 1/16.
    /// </summary>
    private const int LengthsAlone = 16;

    private long _aloneUntil, _suspiciousUntil; // timestamps

    /// <summary>Whether a call that begins now had better run alone.</summary>
    public bool PrefersAlone(long now) => now < _aloneUntil;

    /// <summary>
    /// Checks whether one thread alone would have been as fast: two threads took turns on one processor, or one slept so long that the time it spent
    /// on its even share, times the number of threads, is no more than the call's length.
    /// </summary>
    /// <param name="sharesProcessor">Whether the last two threads at the team's barrier ran on one processor.</param>
    /// <param name="longestSleep">The longest time that a thread slept at the barrier during the call.</param>
    /// <param name="threads">The team's threads.</param>
    /// <param name="start">When the call began.</param>
    /// <param name="now">When it ended.</param>
    public void Note(bool sharesProcessor, long longestSleep, int threads, long start, long now)
    {
        long length = now - start;
        bool shared = threads == 2 && sharesProcessor, waited = longestSleep * threads >= length * (threads - 1);
        if (!shared && !waited) return;
        if (start < _suspiciousUntil) _aloneUntil = now + Math.Min(LengthsAlone * length, LongestAlone);
        _suspiciousUntil = Math.Max(now, _aloneUntil) + Suspicion;
    }
}
