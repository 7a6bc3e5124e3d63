using System.Runtime.CompilerServices;
using NUnit.Framework;
using ResNetManaged.Datasets.Batches;

namespace ResNetManaged.Tests.Datasets.Batches;

public sealed class PrefetchTests
{
    private const int Count = 50;

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(8)]
    public void ResultsComeInTheItemsOrder(int ahead)
    {
        IEnumerable<int> results = Prefetch.InOrder(Enumerable.Range(0, Count), LoadSlowlyAtFirst, ahead);
        Assert.That(results, Is.EqualTo(Enumerable.Range(0, Count)));
    }

    [Test]
    public void NoMoreItemsAreDrawnThanRequested()
    {
        int drawn = 0;
        using IEnumerator<int> results = Prefetch.InOrder(Enumerable.Range(0, Count).Select(_ => ++drawn), item => item, ahead: 4).GetEnumerator();
        results.MoveNext();
        Assert.That(drawn, Is.EqualTo(5));
    }

    [Test]
    public void AnExceptionSurfacesAtItsItemsPosition()
    {
        using IEnumerator<int> results = Prefetch.InOrder([1, 2, 0, 4], item => 4 / item, ahead: 3).GetEnumerator();
        Assert.That(results.MoveNext() && results.MoveNext(), Is.True);
        Assert.That(() => results.MoveNext(), Throws.TypeOf<DivideByZeroException>());
    }

    [Test]
    public void CancellationEndsTheWait()
    {
        using CancellationTokenSource cancellation = new();
        using ManualResetEventSlim never = new();
        using IEnumerator<int> results = Prefetch.InOrder([1], Load, ahead: 1, cancellation.Token).GetEnumerator();
        cancellation.CancelAfter(TimeSpan.FromMilliseconds(20));
        Assert.That(() => results.MoveNext(), Throws.InstanceOf<OperationCanceledException>());
        never.Set();

        int Load(int item)
        {
            never.Wait(TimeSpan.FromSeconds(30));
            return item;
        }
    }

    [Test]
    public void LeavingEarlyWaitsForRunningLoadsAndStartsNone()
    {
        int running = 0, loaded = 0;
        IEnumerator<int> results = Prefetch.InOrder(Enumerable.Range(0, Count), Load, ahead: 20).GetEnumerator();
        Assert.That(results.MoveNext(), Is.True);
        results.Dispose();
        int atDisposal = Volatile.Read(ref loaded);
        Assert.That(Volatile.Read(ref running), Is.Zero);
        Thread.Sleep(50);
        Assert.That(Volatile.Read(ref loaded), Is.EqualTo(atDisposal));

        int Load(int item)
        {
            Interlocked.Increment(ref running);
            Thread.Sleep(5);
            Interlocked.Increment(ref loaded);
            Interlocked.Decrement(ref running);
            return item;
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public void LeavingEarlyObservesErrors(bool cancels)
    {
        const string Message = "an error of an abandoned enumeration";
        int unobserved = 0;
        EventHandler<UnobservedTaskExceptionEventArgs> onUnobserved = (_, error) =>
        {
            if (error.Exception.InnerExceptions.Any(inner => inner.Message == Message)) Interlocked.Increment(ref unobserved);
        };
        TaskScheduler.UnobservedTaskException += onUnobserved;
        try
        {
            int failed = Abandon(Message, cancels);
            Assert.That(failed, Is.Positive);
            for (int i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
            Assert.That(Volatile.Read(ref unobserved), Is.Zero);
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= onUnobserved;
        }
    }

    /// <summary>Leaves an enumeration after its first result, when the other items have failed.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)] // otherwise a local could keep the tasks alive
    private static int Abandon(string message, bool cancels)
    {
        int failed = 0;
        using CancellationTokenSource cancellation = new();
        using (IEnumerator<int> results = Prefetch.InOrder(Enumerable.Range(0, Count), Load, ahead: 4, cancellation.Token).GetEnumerator())
        {
            Assert.That(results.MoveNext(), Is.True);
            SpinWait.SpinUntil(() => Volatile.Read(ref failed) == 4, TimeSpan.FromSeconds(30));
            if (cancels)
            {
                cancellation.Cancel();
                Assert.That(() => results.MoveNext(), Throws.Exception);
            }
        }
        return failed;

        int Load(int item)
        {
            if (item == 0) return item;
            Interlocked.Increment(ref failed);
            throw new InvalidOperationException(message);
        }
    }

    private static int LoadSlowlyAtFirst(int item)
    {
        if (item % 8 == 0) Thread.Sleep(5);
        return item;
    }
}
