using NUnit.Framework;
using ResNetManaged.Plans;

namespace ResNetManaged.Tests.Plans;

public sealed class ArenaBlockTests
{
    private const int Line = 64; // bytes of a cache line

    [Test]
    public void BlocksAliveAtTheSameTimeDoNotOverlap([Range(0, 19)] int seed)
    {
        Random random = new(seed);
        (ArenaBlock Block, int First, int Last)[] blocks = [.. Enumerable.Range(0, 60).Select(_ => Random(random, times: 40))];
        long length = ArenaBlock.Arrange(blocks.Select(entry => entry.Block));
        foreach ((ArenaBlock block, _, _) in blocks)
        {
            Assert.That(block.Offset % Line, Is.Zero, "aligned to a cache line");
            Assert.That(block.Offset, Is.InRange(0, length - block.Bytes));
        }
        for (int i = 0; i < blocks.Length; i++)
            for (int j = 0; j < i; j++)
            {
                ((ArenaBlock a, int firstA, int lastA), (ArenaBlock b, int firstB, int lastB)) = (blocks[i], blocks[j]);
                bool together = firstA <= lastB && firstB <= lastA, overlap = a.Offset < b.Offset + b.Bytes && b.Offset < a.Offset + a.Bytes;
                Assert.That(together && overlap, Is.False, $"seed {seed}: [{firstA}, {lastA}] at {a.Offset} + {a.Bytes}, [{firstB}, {lastB}] at {b.Offset} + {b.Bytes}");
            }
        long most = Enumerable.Range(0, 40).Max(time => blocks.Where(entry => entry.First <= time && time <= entry.Last).Sum(entry => Space(entry.Block)));
        Assert.That(length, Is.InRange(most, 2 * most), "at most twice what is alive at once");
    }

    [Test]
    public void BlocksAliveAtDifferentTimesShareMemory()
    {
        ArenaBlock first = Block(100, 0, 1), second = Block(100, 2, 3);
        Assert.That(ArenaBlock.Arrange([first, second]), Is.EqualTo(128));
        Assert.That((first.Offset, second.Offset), Is.EqualTo((0L, 0L)));
    }

    [Test]
    public void ABlockIsAliveFromItsFirstUseToItsLast()
    {
        ArenaBlock kept = new(Line), between = Block(Line, 3, 3);
        kept.UseAt(5);
        kept.UseAt(1);
        Assert.That(ArenaBlock.Arrange([kept, between]), Is.EqualTo(2 * Line));
    }

    [Test]
    public void BetweenItsTwoLifetimesABlocksMemoryIsReused()
    {
        ArenaBlock dropped = Block(Line, 0, 1), between = Block(Line, 2, 3), later = Block(Line, 6, 6);
        dropped.BeginAt(5);
        dropped.UseAt(6);
        Assert.That(ArenaBlock.Arrange([dropped, between, later]), Is.EqualTo(2 * Line));
        Assert.That((dropped.Offset, between.Offset, later.Offset), Is.EqualTo(((long)0, (long)0, (long)Line)));
    }

    [Test]
    public void GapsAreFilled()
    {
        ArenaBlock large = Block(4 * Line, 0, 0), middle = Block(3 * Line, 0, 2), low = Block(2 * Line, 2, 2);
        Assert.That(ArenaBlock.Arrange([low, middle, large]), Is.EqualTo(7 * Line));
        Assert.That((large.Offset, middle.Offset, low.Offset), Is.EqualTo(((long)0, (long)(4 * Line), (long)0)));
    }

    private static (ArenaBlock Block, int First, int Last) Random(Random random, int times)
    {
        int first = random.Next(times), last = Math.Min(times - 1, first + random.Next(10));
        return (Block(random.Next(1, 5000), first, last), first, last);
    }

    private static ArenaBlock Block(int length, int first, int last)
    {
        ArenaBlock block = new(length);
        block.UseAt(first);
        block.UseAt(last);
        return block;
    }

    private static long Space(ArenaBlock block) => (block.Bytes + Line - 1) / Line * Line;
}
