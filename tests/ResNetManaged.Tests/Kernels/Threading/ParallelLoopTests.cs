using NUnit.Framework;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Tests.Kernels.Threading;

public sealed class ParallelLoopTests
{
    [Test]
    public void EveryItemRunsOnce([Values(0, 1, 2, 7, 1000)] int count, [Values(1, 2, 5)] int threads)
    {
        int[] runs = new int[count];
        ParallelLoop.For(count, threads, new Count(runs));
        Assert.That(runs, Is.All.EqualTo(1));
    }

    [Test]
    public void OneThreadRunsInOrderOnTheCaller()
    {
        List<(int, int)> seen = [];
        ParallelLoop.For(5, 1, new Record(seen));
        Assert.That(seen, Is.EqualTo(Enumerable.Range(0, 5).Select(i => (i, Environment.CurrentManagedThreadId))));
    }

    [Test]
    public void AnExceptionSurfacesAsItWasThrown([Values(1, 4)] int threads) =>
        Assert.That(() => ParallelLoop.For(100, threads, new Fail()), Throws.TypeOf<InvalidTimeZoneException>().With.Message.EqualTo("item"));

    private readonly struct Count(int[] runs) : IWork
    {
        public void Run(int index) => Interlocked.Increment(ref runs[index]);
    }

    private readonly struct Record(List<(int, int)> seen) : IWork
    {
        public void Run(int index) => seen.Add((index, Environment.CurrentManagedThreadId));
    }

    private readonly struct Fail : IWork
    {
        public void Run(int index) => throw new InvalidTimeZoneException("item");
    }
}
