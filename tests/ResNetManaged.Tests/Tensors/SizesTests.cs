using NUnit.Framework;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Tensors;

public sealed class SizesTests
{
    [TestCase(0, 4, 0)]
    [TestCase(1, 4, 1)]
    [TestCase(4, 4, 1)]
    [TestCase(5, 4, 2)]
    [TestCase(-3, 8, 0)]
    [TestCase(1, int.MaxValue, 1)]
    [TestCase(int.MaxValue, int.MaxValue, 1)]
    [TestCase(int.MaxValue, 2, 1 << 30)]
    public void CeilingDivideRoundsUpWithoutOverflow(int value, int divisor, int expected)
    {
        Assert.That(Sizes.CeilingDivide(value, divisor), Is.EqualTo(expected));
        Assert.That(Sizes.CeilingDivide((long)value, divisor), Is.EqualTo(expected));
    }

    [TestCase(0, 16, 0)]
    [TestCase(16, 16, 16)]
    [TestCase(17, 16, 32)]
    public void RoundUpGivesTheNextMultiple(int value, int step, int expected) => Assert.That(Sizes.RoundUp(value, step), Is.EqualTo(expected));

    [Test]
    public void RoundUpThrowsIfTheMultipleOverflows() => Assert.Throws<OverflowException>(() => Sizes.RoundUp(int.MaxValue, 16));
}
