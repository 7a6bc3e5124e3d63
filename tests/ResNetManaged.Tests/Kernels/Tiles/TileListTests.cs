using NUnit.Framework;
using ResNetManaged.Kernels.Tiles;

namespace ResNetManaged.Tests.Kernels.Tiles;

public sealed unsafe class TileListTests
{
    [Test]
    public void EveryPixelBelongsToOneTile([Range(1, 7)] int longestRun, [Values] bool runsGoDown)
    {
        for (int height = 1; height < 9; height++)
        {
            for (int width = 1; width < 40; width++)
            {
                TileList list = TileList.Cover((height, width), longestRun, runsGoDown, (h, w) => (h * 1000 + w, h * width + w, h * 2000 + w));
                int[] covered = new int[height * width];
                int next = 0;
                foreach (TileRange range in list.Ranges)
                {
                    Assert.That(range.Start, Is.EqualTo(next));
                    next = range.End;
                    Assert.That(range.Run, Is.InRange(1, longestRun));
                    Assert.That(range.Down, Is.False.Or.EqualTo(runsGoDown));
                    for (int i = range.Start; i < range.End; i++)
                    {
                        Tile tile = list.Tiles[i];
                        Count(tile.Input0, tile.Output0, tile.Residual0);
                        if (range.Paired) Count(tile.Input1, tile.Output1, tile.Residual1);
                    }

                    void Count(int input, int output, int residual)
                    {
                        (int h, int w) = Math.DivRem(output, width);
                        Assert.That((input, residual), Is.EqualTo((h * 1000 + w, h * 2000 + w)));
                        Assert.That(range.Down ? h + range.Run : w + range.Run, Is.LessThanOrEqualTo(range.Down ? height : width), "a run stays in its row or column");
                        for (int pixel = 0; pixel < range.Run; pixel++) covered[output + pixel * (range.Down ? width : 1)]++;
                    }
                }
                Assert.That(next, Is.EqualTo(list.Count));
                Assert.That(covered, Is.All.EqualTo(1), $"{height} x {width}");
                Assert.That(list.Tiles[list.Count], Is.EqualTo(list.Tiles[list.Count - 1]), "the last tile is repeated for the prefetch");
            }
        }
    }

    [TestCase(7, 7, "7x2: 3, 7: 1")]
    [TestCase(14, 7, "7x2: 14")]
    [TestCase(56, 7, "7x2: 224")]
    [TestCase(5, 3, "3x2: 1, 2x2: 1, 3x2: 1, 2x2: 1, 3: 1, 2: 1")]
    public void RunsPairUpWithinARowAndThenWithTheNext(int side, int longestRun, string expected)
    {
        Assert.That(Describe(TileList.Cover(side, longestRun, runsGoDown: false, (_, _) => (0, 0, 0))), Is.EqualTo(expected));
    }

    [TestCase(6, "3x2: 6")]
    [TestCase(7, "3x2: 6, 3x2 down: 1, 2x2: 1, 3: 1")]
    [TestCase(8, "3x2: 3, 3x2 down: 1, 3x2: 3, 3x2 down: 1, 3x2: 2, 2x2: 1")]
    [TestCase(2, "2x2: 1")]
    public void LeftoverColumnsAreCutFromTopToBottom(int side, string expected) =>
        Assert.That(Describe(TileList.Cover(side, longestRun: 3, runsGoDown: true, (_, _) => (0, 0, 0))), Is.EqualTo(expected));

    [Test]
    public void ARowIsCutIntoTheFewestRunsAsEvenAsPossible([Range(1, 7)] int longestRun)
    {
        for (int width = 1; width < 100; width++)
        {
            int[] runs = TileList.Cut(width, longestRun, alone: false);
            Assert.That(runs.Sum(), Is.EqualTo(width));
            Assert.That(runs, Has.Length.EqualTo((width + longestRun - 1) / longestRun));
            Assert.That(runs.Max() - runs.Min(), Is.LessThanOrEqualTo(1));
        }
        Assert.That(TileList.Cut(16, 7, alone: true), Is.EqualTo(new[] { 4, 4, 4, 4 }));
    }

    private static string Describe(TileList list) => string.Join(", ", list.Ranges.Select(range =>
        $"{range.Run}{(range.Paired ? "x2" : "")}{(range.Down ? " down" : "")}: {range.Count}"));
}
