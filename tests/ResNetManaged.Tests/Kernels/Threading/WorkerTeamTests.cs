using System.Diagnostics;
using NUnit.Framework;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Tests.Kernels.Threading;

public sealed class WorkerTeamTests
{
    [Test]
    public void EveryPartRunsOnce([Values(1, 2, 3, 5, 8)] int threads)
    {
        using TeamBudget budget = new(threads);
        WorkerTeam team = new();
        for (int call = 0; call < 50; call++)
        {
            int[] runs = new int[threads];
            team.Run(threads, new TeamAction((share, _) =>
            {
                Assert.That(share.Threads, Is.EqualTo(threads));
                Interlocked.Increment(ref runs[share.Thread]);
            }));
            Assert.That(runs, Is.All.EqualTo(1));
        }
    }

    [Test]
    public void TheCallerRunsPartZero()
    {
        using TeamBudget budget = new(3);
        int[] ids = new int[3];
        new WorkerTeam().Run(3, new TeamAction((share, _) => ids[share.Thread] = Environment.CurrentManagedThreadId));
        Assert.That(ids[0], Is.EqualTo(Environment.CurrentManagedThreadId));
        Assert.That(ids, Is.Unique);
    }

    [Test]
    public void NoThreadPassesABarrierBeforeAllArrive([Values(2, 3, 5)] int threads)
    {
        using TeamBudget budget = new(threads);
        const int Phases = 300;
        int[] arrived = new int[Phases];
        int early = 0;
        new WorkerTeam().Run(threads, new TeamAction((_, barrier) =>
        {
            for (int phase = 0; phase < Phases; phase++)
            {
                Interlocked.Increment(ref arrived[phase]);
                barrier.Wait();
                if (Volatile.Read(ref arrived[phase]) != threads) Interlocked.Increment(ref early);
            }
        }));
        Assert.That(early, Is.Zero);
    }

    [Test]
    public void AThreadThatWaitsLongAtABarrierContinues([Values(2, 3)] int threads)
    {
        using TeamBudget budget = new(threads);
        int passed = 0;
        new WorkerTeam().Run(threads, new TeamAction((share, barrier) =>
        {
            for (int late = 0; late < threads; late++) // each thread in turn arrives long after the others
            {
                if (share.Thread == late) Thread.Sleep(20);
                barrier.Wait();
            }
            Interlocked.Increment(ref passed);
        }));
        Assert.That(passed, Is.EqualTo(threads));
    }

    [Test]
    public void AnExceptionOfAnyThreadSurfacesAndTheTeamStillWorksAfterward([Values(1, 2, 3, 5)] int threads, [Values] bool othersWait)
    {
        using TeamBudget budget = new(threads);
        WorkerTeam team = new();
        for (int call = 0; call < 20; call++)
        {
            int failing = call % threads;
            Assert.That(() => team.Run(threads, new TeamAction((share, barrier) =>
            {
                if (share.Thread == failing) throw new InvalidTimeZoneException($"part {failing}");
                if (othersWait) barrier.Wait();
            })), Throws.TypeOf<InvalidTimeZoneException>().With.Message.EqualTo($"part {failing}"));

            int sum = 0;
            team.Run(threads, new TeamAction((share, barrier) =>
            {
                Interlocked.Add(ref sum, share.Thread);
                barrier.Wait();
            }));
            Assert.That(sum, Is.EqualTo(threads * (threads - 1) / 2));
        }
    }

    [Test]
    public void AFailedCallReturnsOnlyAfterAllThreadsEnd()
    {
        using TeamBudget budget = new(3);
        bool running = false;
        Assert.That(() => new WorkerTeam().Run(3, new TeamAction((share, _) =>
        {
            if (share.Thread == 0) throw new InvalidTimeZoneException();
            Volatile.Write(ref running, true);
            Thread.Sleep(30);
            Volatile.Write(ref running, false);
        })), Throws.TypeOf<InvalidTimeZoneException>());
        Assert.That(Volatile.Read(ref running), Is.False);
    }

    /// <summary>Callers always compute; workers join them within the budget.</summary>
    [TestCase(3, 1, 3)]
    [TestCase(3, 2, 3)]
    [TestCase(3, 5, 5)]
    [TestCase(1, 2, 2)]
    public void TheBudgetLimitsTheThreadsThatCompute(int budgeted, int callers, int allowed)
    {
        using TeamBudget budget = new(budgeted);
        int computing = 0, most = 0, largestTeam = 0;
        Concurrently(callers, _ =>
        {
            WorkerTeam team = new();
            for (int call = 0; call < 30; call++)
            {
                team.Run(8, new TeamAction((share, barrier) =>
                {
                    if (callers == 1) largestTeam = share.Threads;
                    int now = Interlocked.Increment(ref computing);
                    for (int seen = most; now > seen; seen = most) Interlocked.CompareExchange(ref most, now, seen);
                    Thread.SpinWait(2000);
                    Interlocked.Decrement(ref computing);
                    barrier.Wait();
                }));
            }
        });
        Assert.That(most, Is.LessThanOrEqualTo(allowed));
        if (callers == 1) Assert.That(largestTeam, Is.EqualTo(allowed), "uses the whole budget");
    }

    [Test]
    public void ConcurrentTeamsDoNotInterfere()
    {
        using TeamBudget budget = new(6);
        Concurrently(4, caller =>
        {
            WorkerTeam team = new();
            for (int call = 0; call < 300; call++)
            {
                int[] items = new int[37];
                int before = -1;
                team.Run(1 + call % 4, new TeamAction((share, barrier) =>
                {
                    (int start, int end) = share.Of(items.Length);
                    for (int i = start; i < end; i++) items[i] += caller;
                    barrier.Wait();
                    if (share.Thread == 0) before = items.Sum();
                    barrier.Wait();
                    for (int i = start; i < end; i++) items[i]++;
                }));
                Assert.That(before, Is.EqualTo(items.Length * caller));
                Assert.That(items, Is.All.EqualTo(caller + 1));
            }
        });
    }

    [Test]
    public void AfterTwoStallsInARowCallersRunAloneForAWhile()
    {
        using TeamBudget budget = new(2);
        WorkerPool.AvoidsStalls = true;
        int calls = 0;
        while (ThreadsOfAStalledCall() == 2) Assert.That(++calls, Is.LessThan(1000), "calls on two threads");
        Stopwatch alone = Stopwatch.StartNew();
        while (ThreadsOfAStalledCall() == 1) Assert.That(alone.Elapsed, Is.LessThan(TimeSpan.FromSeconds(30)), "alone");
    }

    [Test]
    public void OccasionalStallsHaveNoEffect()
    {
        using TeamBudget budget = new(2);
        WorkerPool.AvoidsStalls = true;
        Thread.Sleep(1500); // earlier stalls are forgotten within a second
        for (int call = 0; call < 5; call++)
        {
            Assert.That(ThreadsOfAStalledCall(), Is.EqualTo(2), $"call {call}");
            Thread.Sleep(30); // longer than the suspicion after a stall
        }
    }

    /// <summary>Runs a call whose second thread is late, as on a busy processor, and returns its number of threads.</summary>
    private static int ThreadsOfAStalledCall()
    {
        int threads = 0;
        new WorkerTeam().Run(2, new TeamAction((share, barrier) =>
        {
            threads = share.Threads;
            if (share.Thread == 1) Thread.Sleep(3);
            barrier.Wait();
        }));
        return threads;
    }

    [Test]
    public void WorkersDoNotKeepATeamsWorkAlive()
    {
        using TeamBudget budget = new(3);
        WeakReference work = RunAndForget();
        for (int i = 0; i < 20 && work.IsAlive; i++)
        {
            Thread.Sleep(5); // a worker may not have returned yet
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.That(work.IsAlive, Is.False);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference RunAndForget()
        {
            TeamAction action = new((_, barrier) => barrier.Wait());
            WorkerTeam team = new();
            for (int i = 0; i < 3; i++) team.Run(3, action);
            return new WeakReference(action);
        }
    }

    [Test]
    public void SharesCoverAllItemsOnceAndEvenly([Values(1, 2, 3, 7, 64)] int threads)
    {
        foreach (int count in (int[])[0, 1, 2, 5, 63, 64, 65, 1_000_000_007])
        {
            int next = 0, least = int.MaxValue, most = 0;
            for (int thread = 0; thread < threads; thread++)
            {
                (int start, int end) = new WorkShare(thread, threads).Of(count);
                Assert.That(start, Is.EqualTo(next));
                next = end;
                least = Math.Min(least, end - start);
                most = Math.Max(most, end - start);
            }
            Assert.That(next, Is.EqualTo(count));
            Assert.That(most - least, Is.LessThanOrEqualTo(1));
            if (count > 0) Assert.That(new WorkShare(0, threads).Imbalance(count), Is.EqualTo(most / ((double)count / threads)).Within(1e-9));
        }
    }

    /// <summary>Runs an action on several threads and reports the first failure.</summary>
    private static void Concurrently(int callers, Action<int> action)
    {
        Exception? failure = null;
        Thread[] threads = [.. Enumerable.Range(0, callers).Select(caller => new Thread(() =>
        {
            try
            {
                action(caller);
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref failure, exception, null);
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.That(failure, Is.Null);
    }
}
