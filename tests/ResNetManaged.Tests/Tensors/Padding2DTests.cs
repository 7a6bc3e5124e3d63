using NUnit.Framework;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Tensors;

public sealed class Padding2DTests
{
    [Test]
    public void SymmetricPaddingPrintsAsItWasWritten()
    {
        Padding2D one = 1, pair = (1, 1), size = (Size2D)1;
        Assert.That(one, Is.EqualTo(pair));
        Assert.That(one.AsWritten(), Is.EqualTo("1"));
        Assert.That(size.AsWritten(), Is.EqualTo("1"));
        Assert.That(pair.AsWritten(), Is.EqualTo("(1, 1)"));
        Assert.That(one.ToString(), Is.EqualTo("(1, 1)"));
    }

    [Test]
    public void AsymmetricPaddingPrintsEverySide()
    {
        Padding2D padding = new(0, 1, 2, 3);
        Assert.That(padding.AsWritten(), Is.EqualTo("(top=0, left=1, bottom=2, right=3)"));
        Assert.That(padding.ToString(), Is.EqualTo(padding.AsWritten()));
    }

    [Test]
    public void APairIsRowsThenColumns()
    {
        Padding2D padding = (1, 2);
        Assert.That((padding.Top, padding.Left, padding.Bottom, padding.Right), Is.EqualTo((1, 2, 1, 2)));
        Assert.That(padding.IsSymmetric, Is.True);
    }

    [Test]
    public void EqualityComparesEverySide()
    {
        Padding2D padding = new(1, 2, 3, 4);
        Assert.That(padding == new Padding2D(1, 2, 3, 4), Is.True);
        Assert.That(padding.GetHashCode(), Is.EqualTo(new Padding2D(1, 2, 3, 4).GetHashCode()));
        foreach (Padding2D other in (Padding2D[])[new(0, 2, 3, 4), new(1, 0, 3, 4), new(1, 2, 0, 4), new(1, 2, 3, 0)])
        {
            Assert.That(padding != other, Is.True, $"{other}");
            Assert.That(padding.Equals((object)other), Is.False, $"{other}");
        }
        Assert.That(padding.Equals((object)1), Is.False);
    }
}
