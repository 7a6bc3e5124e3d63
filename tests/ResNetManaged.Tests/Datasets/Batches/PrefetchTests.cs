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
    public void NoMoreIsDrawnThanAskedFor()
    {
        int drawn = 0;
        using IEnumerator<int> results = Prefetch.InOrder(Enumerable.Range(0, Count).Select(_ => ++drawn), item => item, ahead: 4).GetEnumerator();
        results.MoveNext();
        Assert.That(drawn, Is.EqualTo(5));
    }

    [Test]
    public void AnExceptionSurfacesWhereItsItemStands()
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

    private static int LoadSlowlyAtFirst(int item)
    {
        if (item % 8 == 0) Thread.Sleep(5);
        return item;
    }
}
