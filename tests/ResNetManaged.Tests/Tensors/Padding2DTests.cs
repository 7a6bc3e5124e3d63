using NUnit.Framework;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Tensors;

public sealed class Padding2DTests
{
    [Test]
    public void SymmetricPaddingPrintsAsItWasWritten()
    {
        Padding2D one = 1, pair = (1, 1), size = (Size2D)1;
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
    public void OneNumberDescribesPaddingOnlyIfAllSidesAreEqual()
    {
        Padding2D none = 0, one = 1;
        Assert.That((none.IsNone, none.IsUniform), Is.EqualTo((true, true)));
        Assert.That((one.IsNone, one.IsUniform), Is.EqualTo((false, true)));
        foreach (Padding2D other in (Padding2D[])[new(1, 0, 0, 0), new(0, 1, 0, 0), new(0, 0, 1, 0), new(0, 0, 0, 1), (1, 0), (0, 1)])
            Assert.That(other.IsNone || other.IsUniform, Is.False, $"{other}");
    }
}
