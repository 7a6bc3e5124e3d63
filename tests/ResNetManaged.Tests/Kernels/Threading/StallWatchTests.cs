using System.Diagnostics;
using NUnit.Framework;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Tests.Kernels.Threading;

public sealed class StallWatchTests
{
    private static readonly long Millisecond = Stopwatch.Frequency / 1000;

    [Test]
    public void ASingleStallIsIgnored()
    {
        StallWatch watch = new();
        watch.Note(sharesProcessor: true, longestSleep: 0, threads: 2, start: 0, now: Millisecond);
        Assert.That(watch.PrefersAlone(Millisecond), Is.False);
    }

    [Test]
    public void AfterTwoStallsInARowCallersRunAloneSixteenTimesAsLong()
    {
        StallWatch watch = StalledTwice();
        Assert.That(watch.PrefersAlone(18 * Millisecond - 1), Is.True);
        Assert.That(watch.PrefersAlone(18 * Millisecond), Is.False);
    }

    [Test]
    public void CallersRunAloneForASecondAtMost()
    {
        StallWatch watch = new();
        watch.Note(sharesProcessor: true, longestSleep: 0, threads: 2, start: 0, now: Millisecond);
        long end = 500 * Millisecond;
        watch.Note(sharesProcessor: true, longestSleep: 0, threads: 2, start: Millisecond, now: end);
        Assert.That(watch.PrefersAlone(end + Stopwatch.Frequency - 1), Is.True);
        Assert.That(watch.PrefersAlone(end + Stopwatch.Frequency), Is.False);
    }

    [Test]
    public void AStallMuchLaterCountsAsTheFirst()
    {
        StallWatch watch = new();
        watch.Note(sharesProcessor: true, longestSleep: 0, threads: 2, start: 0, now: Millisecond);
        watch.Note(sharesProcessor: true, longestSleep: 0, threads: 2, start: 22 * Millisecond, now: 23 * Millisecond);
        Assert.That(watch.PrefersAlone(23 * Millisecond), Is.False);
    }

    [Test]
    public void TheFirstStallAfterTheTimeAloneProlongsIt()
    {
        StallWatch watch = StalledTwice();
        watch.Note(sharesProcessor: true, longestSleep: 0, threads: 2, start: 19 * Millisecond, now: 20 * Millisecond);
        Assert.That(watch.PrefersAlone(20 * Millisecond), Is.True);
    }

    /// <summary>Two threads that share a processor take turns; of more threads, two may meet there by accident.</summary>
    [TestCase(2, true)]
    [TestCase(3, false)]
    public void ASharedProcessorStallsTwoThreads(int threads, bool stalls) => Assert.That(IsStall(true, 0, threads), Is.EqualTo(stalls));

    /// <summary>A team of two gains nothing if one thread sleeps half of the call; of four, three quarters.</summary>
    [TestCase(2, 50, true)]
    [TestCase(2, 49, false)]
    [TestCase(4, 75, true)]
    [TestCase(4, 74, false)]
    public void ALongSleepIsAStall(int threads, int percent, bool stalls) =>
        Assert.That(IsStall(false, percent * Millisecond / 100, threads), Is.EqualTo(stalls));

    private static StallWatch StalledTwice()
    {
        StallWatch watch = new();
        watch.Note(sharesProcessor: true, longestSleep: 0, threads: 2, start: 0, now: Millisecond);
        watch.Note(sharesProcessor: true, longestSleep: 0, threads: 2, start: Millisecond, now: 2 * Millisecond);
        return watch;
    }

    private static bool IsStall(bool sharesProcessor, long longestSleep, int threads)
    {
        StallWatch watch = new();
        watch.Note(sharesProcessor, longestSleep, threads, 0, Millisecond);
        watch.Note(sharesProcessor, longestSleep, threads, Millisecond, 2 * Millisecond);
        return watch.PrefersAlone(2 * Millisecond);
    }
}
